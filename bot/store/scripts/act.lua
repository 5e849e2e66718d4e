-- A command of a person (shopper's button or agent): the move its table rows allow, or a refusal with a reason.
-- `lines`: what the ledger is told besides the move.
local known = repeated()
if known then return known end
local result = move(A.rows)
local waited = result.waited
result.waited = nil -- told once: when the command is repeated, nobody is found anew
for _, line in ipairs(result.refused and {} or A.lines or {}) do note(line.kind, look_back(), line.data) end
local answer = finish(result)
if not waited then return answer end
result.waited = waited
return cjson.encode(result)
