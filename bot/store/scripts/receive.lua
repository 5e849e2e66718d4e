-- Makes what comes from a shopper durable, once: a message, a new version of one, or (`event`) something that happened
-- to the identity, or the greeting of who has only come (`greeting`). Says when the bot's turn is due. The command id is the channel's own id of it. Three more KEYS: the
-- result of the message it edits, its album, and the identity's own conversation, which may be joined to another thread.
local known = repeated()
if known then return known end
K.edited, K.album, K.home = KEYS[13], KEYS[14], KEYS[15]
if A.home then
  local thread = redis.call('HGET', K.home, 'joined') or A.home
  if thread ~= A.conversation then return cjson.encode({moved = thread}) end
end
if A.album and (redis.call('HGET', K.album, 'parts') or '') ~= A.album_before then return '{"stale":true}' end

local state = get('state')
if not state then
  if A.full then return cjson.encode({refused = 'full'}) end
  create(A.channel, A.identity)
  state = 'bot'
end
-- In a thread over several channels, answers go to where the shopper wrote last, and so does what is still unsent.
if not A.event and (get('channel') ~= A.channel or get('identity') ~= A.identity) then move_to(A.channel, A.identity) end
local here = get('channel') == A.channel and get('identity') == A.identity
if A.name then redis.call('HSET', K.conversation, 'name', A.name) end
if A.language and A.language ~= get('page_language') then -- the page's language; the dialogue may have found another since
  redis.call('HSET', K.conversation, 'language', A.language, 'page_language', A.language)
end
if here and A.reachable and A.reachable ~= (get('reachable') or '1') then
  redis.call('HSET', K.conversation, 'reachable', A.reachable)
end

if A.greeting and (with_humans(state) or not here) then -- he has somebody to talk to, or is somewhere else
  return finish({thread = A.conversation, seq = tonumber(get('seq') or '0'), state = state})
end
if here then take_grant() end
-- A request of the channel's waits for the answer; an earlier one gets none then.
if A.passive then
  wait_with(A.passive)
elseif not A.event then
  redis.call('HDEL', K.conversation, 'passive', 'passive_until')
end

-- The seq of the message that this is a new version of: the first part of its album, or the edited one.
local function original()
  local first = A.album and redis.call('HGET', K.album, 'thread') == A.conversation and redis.call('HGET', K.album, 'seq')
  if first then return tonumber(first) end
  local result = A.edits and redis.call('GET', K.edited)
  if not result then return nil end
  result = cjson.decode(result)
  if result.thread ~= A.conversation then return nil end
  return result.of or result.seq
end

-- The next part, and the next version, find what they belong to. An edit of a message that never came stands for it:
-- should it come after all, it is known.
local function remember(answer, of, seq)
  if A.album then
    redis.call('HSET', K.album, 'parts', A.album, 'seq', of or seq, 'thread', A.conversation)
    redis.call('PEXPIRE', K.album, A.ttl)
  end
  if A.edits then redis.call('SET', K.edited, answer, 'PX', A.ttl, 'NX') end
end

-- Media named in the message are fetched behind it.
local function schedule_fetch(seq)
  if not redis.call('ZSCORE', K.due, 'fetch:' .. A.conversation) then
    redis.call('HSET', K.conversation, 'fetched', seq - 1)
  end
  schedule('fetch', A.now)
end

local function schedule_turn()
  local answers = get('asked') == '1' -- bare data and a yes are complete when the bot asked for them
  if not redis.call('ZSCORE', K.due, 'turn:' .. A.conversation) then
    redis.call('HSET', K.conversation, 'burst', string.format('%.0f', A.now)) -- its first message
  end
  schedule('turn', answers and A.now or A.turn_at)
end

if A.event then
  local seq = append_all(A.entries, tonumber(get('epoch')))
  if with_humans(state) then publish_row() end
  schedule_archiving()
  outbox()
  return finish({thread = A.conversation, seq = seq, state = state})
end

if state == 'closed' then
  state = 'bot'
  redis.call('HSET', K.conversation, 'state', state)
end
-- Somebody who comes, or comes back after a while, is counted.
local function count_visit()
  local quiet = A.now - tonumber(get('at') or '0')
  if A.visit and quiet >= A.visit and not with_humans(state) then note('came', look_back(), {}) end
end

count_visit()
local of = original()
if of then
  local entry = A.entries[1]
  entry.kind, entry.data = 'edit', cjson.encode({of = of, album = A.part, caption = A.caption})
end
local seq = append_all(A.entries, tonumber(get('epoch')))
redis.call('HSET', K.conversation, 'shopper_seq', seq)
if state == 'assigned' then
  redis.call('HSETNX', K.conversation, 'waiting', string.format('%.0f', A.now))
else
  schedule_turn()
end
if A.fetch then schedule_fetch(seq) end
if wake() then append(A.woken, tonumber(get('epoch'))) end
if with_humans(state) then publish_row() end
schedule_archiving()
local answer = finish({thread = A.conversation, seq = seq, state = state, of = of})
remember(answer, of, seq)
return answer
