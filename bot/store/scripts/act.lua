-- A command of a person (shopper's button or agent): the move its table rows allow, or a refusal with a reason.
-- `lines`: what the ledger is told besides the move.
local known = repeated()
if known then return known end
local result = move(A.rows)
for _, line in ipairs(result.refused and {} or A.lines or {}) do note(line.kind, look_back(), line.data) end
return finish(result)
