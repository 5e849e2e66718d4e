-- Ends a thread over several identities: each has its own log again; owner and place stay with the one that went on.
-- Says `busy` while something is yet to be answered or sent, unless `force`; `changed` if the members are not as they were read.
-- More KEYS: hash and log of each member.
local known = repeated()
if known then return known end
local root = {id = A.conversation, hash = K.conversation, log = K.log}
if (get('members') or '') ~= A.members then return '{"changed":true}' end
if A.members == '' then return finish(refuse('alone')) end
if A.agent ~= '' and get('state') == 'assigned' and get('agent') ~= A.agent then return finish(refuse('owner')) end
local function is_due(kind) return redis.call('ZSCORE', K.due, kind .. ':' .. root.id) end
if not A.force and (is_due('turn') or is_due('send')) then return '{"busy":true}' end

-- Where the wish came from, the words come first.
local function tell()
  local seq = 0
  if A.conversation == A.home then
    take_grant()
    if A.passive then wait_with(A.passive) end
    seq = append_all(A.words, tonumber(get('epoch')))
  end
  seq = append_all(A.entries, tonumber(get('epoch')))
  redis.call('PUBLISH', K.wire, cjson.encode({conversation = A.conversation, joined = A.conversation}))
  schedule_archiving()
  outbox()
  return seq
end

local result = {state = get('state'), epoch = tonumber(get('epoch'))}
local last = redis.call('HMGET', root.hash, 'channel', 'identity')
local granted = read_grant(root.hash, last[1], last[2])
local function take_back_grant()
  if last[1] == get('channel') and last[2] == get('identity') then keep_grant(granted) end
end
move_to(get('own_channel'), get('own_identity'))
take_back_grant()
redis.call('HDEL', root.hash, 'own_channel', 'own_identity', 'members', 'user')
result.thread, result.seq = root.id, tell()
if with_humans(get('state')) then publish_row() end
if A.agent ~= '' then note('unjoin', look_back(), {}) end

local at = 13
for member in string.gmatch(A.members, '%S+') do
  A.conversation, K.conversation, K.log = member, KEYS[at], KEYS[at + 1]
  at = at + 2
  redis.call('HDEL', K.conversation, 'joined', 'joined_after')
  move_to(get('channel'), get('identity'))
  take_back_grant()
  local seq = tell()
  if member == A.home then result.thread, result.seq = member, seq end
end
return finish(result)
