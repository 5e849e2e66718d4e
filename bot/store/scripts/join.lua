-- Makes one thread of two, A.sides: the one that is with humans goes on, or else the one in which something was said
-- last; the identities of the other are joined to it. Says `busy` while something is yet to be answered in the other,
-- and `changed` if a side is not as it was read, which its keys were named by. More KEYS: hash, log and agent's load of
-- the second side, the code, and the hashes of the first and of the second side's members.
local known = repeated()
if known then return known end
if A.code and redis.call('GET', KEYS[16]) ~= A.code then return '{"refused":"wrong"}' end

local one, other = A.sides[1], A.sides[2]
one.hash, one.log, one.load = KEYS[1], KEYS[2], KEYS[8]
other.hash, other.log, other.load = KEYS[13], KEYS[14], KEYS[15]
local next_key = 17
for _, side in ipairs(A.sides) do
  side.hashes = {}
  for member in string.gmatch(side.members, '%S+') do
    side.hashes[member] = KEYS[next_key]
    next_key = next_key + 1
  end
end

local function turn_to(side)
  A.conversation, K.conversation, K.log, K.load = side.id, side.hash, side.log, side.load
end

-- Reads how firmly humans hold a side, since when, and which account of the shop it is proven to be. Where the shopper
-- only came (he follows us) and said nothing, nothing is there to go on with.
local function read(side)
  turn_to(side)
  side.state = get('state')
  local rank = {assigned = 3, offered = 2, queued = 2}
  side.rank = rank[side.state] or 1
  local at = get('shopper_seq') and get('at') or '0'
  side.order = side.rank == 2 and -tonumber(redis.call('ZSCORE', K.queue, side.id)) or tonumber(at)
  side.user = get('user') or string.match(get('own_identity') or side.identity, '^user:.+')
  return not get('joined') and (get('members') or '') == side.members and (get('agent') or '') == side.agent
end

if not (read(one) and read(other)) then return '{"changed":true}' end
if one.user and other.user and one.user ~= other.user then return '{"refused":"account"}' end
local ahead = one.rank > other.rank or (one.rank == other.rank and one.order > other.order)
local winner, loser = ahead and one or other, ahead and other or one

local function is_underway(kind)
  local member = kind .. ':' .. A.conversation
  return redis.call('ZSCORE', K.due, member) or redis.call('HEXISTS', K.leases, member) == 1
end

-- The other side's log rests from now on: its human stretch is over, and its bot has read everything.
local function lay_down()
  if not loser.state then return create(loser.channel, loser.identity) end
  loser.waiting, loser.name = get('waiting'), get('name')
  if with_humans(loser.state) then
    local before = look_back()
    change_owner({to = 'bot'}, loser.state)
    note('join', before, {})
    publish_row()
  end
  start_fresh()
  if get('own_identity') then
    move_to(get('own_channel'), get('own_identity'))
    redis.call('HDEL', K.conversation, 'own_channel', 'own_identity', 'members', 'user')
  end
end

-- `after`: the page of the identity does not show what was said in the thread before.
local function link(hash, id, after)
  redis.call('HSET', hash, 'joined', winner.id, 'joined_after', after)
  redis.call('PUBLISH', K.wire, cjson.encode({conversation = id, joined = winner.id}))
end

local function link_all(seq)
  link(loser.hash, loser.id, A.code and seq or 0)
  local members = {winner.members, loser.id}
  for member, hash in pairs(loser.hashes) do
    link(hash, member, seq)
    members[#members + 1] = member
  end
  return string.gsub(table.concat(members, ' '), '^ ', '')
end

local function go_on()
  turn_to(winner)
  if not winner.state then create(winner.channel, winner.identity) end
  if not get('own_identity') then
    redis.call('HSET', K.conversation, 'own_channel', get('channel'), 'own_identity', get('identity'))
  end
  redis.call('HSET', K.conversation, 'members', (link_all(get('seq') or '0')))
  if winner.user or loser.user then redis.call('HSET', K.conversation, 'user', winner.user or loser.user) end
  if loser.name then redis.call('HSETNX', K.conversation, 'name', loser.name) end
  if loser.waiting and with_humans(get('state')) then
    local since = math.min(tonumber(get('waiting') or loser.waiting), tonumber(loser.waiting))
    redis.call('HSET', K.conversation, 'waiting', string.format('%.0f', since))
  end
end

turn_to(loser)
if is_underway('turn') or (get('own_identity') and is_underway('send')) then return '{"busy":true}' end
local granted = read_grant(winner.hash, A.channel, A.identity) or read_grant(loser.hash, A.channel, A.identity)
lay_down()
go_on()
move_to(A.channel, A.identity)
keep_grant(granted)
take_grant()
if A.passive then wait_with(A.passive) end
local seq = append_all(A.entries, tonumber(get('epoch')))
redis.call('PUBLISH', K.wire, cjson.encode({conversation = winner.id, joined = winner.id}))
if with_humans(get('state')) then publish_row() end
schedule_archiving()
outbox()
if A.code then redis.call('DEL', KEYS[16]) end
return finish({thread = winner.id, seq = seq, linked = true})
