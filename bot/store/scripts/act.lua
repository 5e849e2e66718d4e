-- A command of a person (shopper's button or agent): the move its table rows allow, or a refusal with a reason.
local known = repeated()
if known then return known end
return finish(move(A.rows))
