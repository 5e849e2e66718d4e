-- Shared by every script on a conversation. KEYS are always these; ARGV[1] is one JSON object.
local K = {
  conversation = KEYS[1], log = KEYS[2], due = KEYS[3], leases = KEYS[4], feed = KEYS[5],
  queue = KEYS[6], open = KEYS[7], load = KEYS[8], command = KEYS[9], wire = KEYS[10],
  agents = KEYS[11], ledger = KEYS[12],
}
local A = cjson.decode(ARGV[1])

local ROW = {'state', 'epoch', 'agent', 'since', 'agent_name', 'at', 'seq', 'name', 'channel', 'language', 'reason', 'episode', 'preview', 'waiting', 'reachable', 'left', 'left_until', 'members',
  'offered_until', 'answered_at', 'overdue_at', 'lost', 'taken_from', 'topic', 'vip', 'snoozed_until', 'woken_at'}

local function repeated()
  return redis.call('GET', K.command)
end

local function finish(result)
  local answer = cjson.encode(result)
  redis.call('SET', K.command, answer, 'PX', A.ttl)
  return answer
end

local function get(field)
  return redis.call('HGET', K.conversation, field) or nil
end

local function in_line(state)
  return state == 'queued' or state == 'offered'
end

local function with_humans(state)
  return in_line(state) or state == 'assigned'
end

-- A conversation that nobody has written in yet.
local function create(channel, identity)
  redis.call('HSET', K.conversation, 'channel', channel, 'identity', identity, 'language', A.language or 'zh-Hans',
    'state', 'bot', 'epoch', 0, 'episode', 0, 'since', A.now, 'cursor', 0, 'sent', 0, 'archived', 0, 'slots', '{}')
end

-- Work of `kind` is due at `at`, unless it is due sooner or a worker holds it (its commit looks for more).
local function schedule(kind, at)
  local member = kind .. ':' .. A.conversation
  if redis.call('HEXISTS', K.leases, member) == 1 then return end
  local before = redis.call('ZSCORE', K.due, member)
  if not before or tonumber(before) > at then redis.call('ZADD', K.due, at, member) end
end

-- What a worker holds stays due: if that worker is dead, nobody else would end its lease.
local function unschedule(kind)
  local member = kind .. ':' .. A.conversation
  if redis.call('HEXISTS', K.leases, member) == 0 then redis.call('ZREM', K.due, member) end
end

-- Tells the workspaces how the conversation's row looks now, and has its timers looked at.
local function publish_row()
  local values = redis.call('HMGET', K.conversation, unpack(ROW))
  local row = {id = A.conversation}
  for i, name in ipairs(ROW) do row[name] = values[i] or nil end
  local id = redis.call('XADD', K.feed, 'MAXLEN', '~', A.feed_length, '*', 'row', cjson.encode(row))
  redis.call('PUBLISH', K.wire, cjson.encode({feed = id, row = row}))
  if with_humans(row.state) then schedule('watch', A.now + A.watch_after) end
end

-- Appends one entry under `epoch` and shows it to whoever listens. Returns its seq.
local function append(entry, epoch)
  local seq = redis.call('HINCRBY', K.conversation, 'seq', 1)
  local prev = seq - 1
  if entry.audience == 'all' then
    prev = tonumber(get('tail') or '0')
    redis.call('HSET', K.conversation, 'tail', seq)
  end
  local fields = {
    author = entry.author, audience = entry.audience, kind = entry.kind, who = entry.who or '',
    epoch = tostring(epoch), at = string.format('%.0f', A.now), prev = tostring(prev),
    content = entry.content, data = entry.data, external_id = entry.external_id or '',
    channel = get('channel') or '',
  }
  redis.call('XADD', K.log, seq .. '-0', 'author', fields.author, 'audience', fields.audience, 'kind', fields.kind,
    'who', fields.who, 'epoch', fields.epoch, 'at', fields.at, 'prev', fields.prev, 'content', fields.content,
    'data', fields.data, 'external_id', fields.external_id, 'channel', fields.channel)
  redis.call('HSET', K.conversation, 'at', fields.at)
  if entry.preview and entry.audience == 'all' then redis.call('HSET', K.conversation, 'preview', entry.preview) end
  fields.seq = tostring(seq)
  redis.call('PUBLISH', K.wire, cjson.encode({conversation = A.conversation, entry = fields}))
  return seq
end

local function append_all(entries, epoch)
  local last = 0
  for _, entry in ipairs(entries or {}) do last = append(entry, epoch) end
  return last
end

-- Whoever speaks last: the log is archived when it has been quiet for long enough.
local function schedule_archiving()
  if A.archive_at then redis.call('ZADD', K.due, A.archive_at, 'archive:' .. A.conversation) end
end

-- Until then a request of the channel's own waits for what is unsent (`passive`) or answers with it (`given`), and the
-- courier leaves it alone.
local function held_until()
  return math.max(tonumber(get('passive_until') or '0'), tonumber(get('given_until') or '0'))
end

-- The outbox: what the shopper may read and no socket carries is sent by the courier.
local function outbox()
  local channel = get('channel')
  for _, name in ipairs(A.couriered or {}) do
    if name == channel then schedule('send', math.max(A.now, held_until())) end
  end
end

-- What the channel lets us send for what was said or happened; a small grant does not take the place of a larger one
-- that is still good.
local function take_grant()
  if not A.grant then return end
  local left, till = tonumber(get('left') or '0'), tonumber(get('left_until') or '0')
  if left > 0 and till >= A.now + A.grant.ms then return end
  redis.call('HSET', K.conversation, 'left', A.grant.messages, 'granted', A.grant.messages,
    'left_until', string.format('%.0f', A.now + A.grant.ms))
end

local GRANT = {'left', 'granted', 'left_until'}

-- What a channel lets us send goes with its identity from thread to thread: read in one, as long as answers go to that
-- identity there, and kept in the other.
local function read_grant(hash, channel, identity)
  local values = redis.call('HMGET', hash, 'channel', 'identity', unpack(GRANT))
  if values[1] == channel and values[2] == identity and values[3] then return {unpack(values, 3)} end
end

local function keep_grant(values)
  for i, name in ipairs(values and GRANT or {}) do redis.call('HSET', K.conversation, name, values[i]) end
end

-- A request of the channel's waits for what is unsent.
local function wait_with(request)
  redis.call('HSET', K.conversation, 'passive', request, 'passive_until', string.format('%.0f', A.passive_until))
end

-- From now on answers go there, and the courier looks at once at what is still unsent.
local function move_to(channel, identity)
  redis.call('HSET', K.conversation, 'channel', channel, 'identity', identity)
  redis.call('HDEL', K.conversation, 'left', 'left_until', 'granted', 'reachable', 'attempt') -- of the other one
  local send = 'send:' .. A.conversation
  if redis.call('HEXISTS', K.leases, send) == 0 then redis.call('ZADD', K.due, A.now, send) end
end

local function refuse(reason)
  return {refused = reason, state = get('state') or '', agent = get('agent') or ''}
end

-- Whose act it is: the supervisor's who takes a chat over, or else that of the agent whose list it is taken from.
local DOER = A.by or {id = A.agent, name = A.agent_name}

-- Who gets it: the colleague that a transfer names, or else whoever acts.
local TO = A.to and {id = A.to.id, name = A.to.name, load = KEYS[13]} or {id = A.agent, name = A.agent_name, load = K.load}

-- Why the agent cannot take one more, if so. `pushed`: nobody asked for it by hand. `full`: somebody else than who acts.
local function no_room(to)
  if to ~= 'assigned' and to ~= 'offered' then return nil end
  if A.pushed and redis.call('HEXISTS', K.agents, 'away:' .. TO.id) == 1 then return 'away' end
  if A.pushed and tonumber(redis.call('HGET', K.agents, 'wraps:' .. TO.id) or '0') > A.now then return 'away' end
  local offer, full = redis.call('HGET', K.agents, 'offer:' .. TO.id), A.to and A.to.id ~= DOER.id and 'full' or 'capacity'
  if to == 'offered' and offer then return full end
  local other = offer and offer ~= A.conversation
  if redis.call('SCARD', TO.load) + (other and 1 or 0) >= A.capacity then return full end
end

local function changes_owner(row, state)
  return row.to ~= state or A.to
end

local function check_move(rows, state)
  local row = rows[state]
  if not row then return nil, refuse('state') end
  if A.by and state == 'assigned' and get('agent') == A.by.id then return nil, refuse('self') end
  if row.owner and get('agent') ~= A.agent then return nil, refuse('owner') end
  if A.closed_at and get('closed_at') ~= A.closed_at then return nil, refuse('state') end
  local reason = changes_owner(row, state) and no_room(row.to)
  if reason then return nil, refuse(reason) end
  return row, nil
end

local function leave_lists(state, to)
  if not in_line(to) and redis.call('ZREM', K.queue, A.conversation) == 1 then
    redis.call('PUBLISH', K.wire, '{"queue":true}')
  end
  if state == 'assigned' then redis.call('SREM', K.load, A.conversation) end
  if state == 'offered' then redis.call('HDEL', K.agents, 'offer:' .. get('agent')) end
end

local function enter_lists(to)
  if in_line(to) then redis.call('ZADD', K.queue, get('place') or A.now, A.conversation) end
  if to == 'offered' then redis.call('HSET', K.agents, 'offer:' .. TO.id, A.conversation) end
  if to == 'assigned' then redis.call('SADD', TO.load, A.conversation) end
  if to == 'offered' or to == 'assigned' then
    redis.call('HSET', K.agents, 'given:' .. TO.id, string.format('%.0f', A.now))
  end
  if with_humans(to) then
    redis.call('ZADD', K.open, 'NX', A.now, A.conversation)
  else
    redis.call('ZREM', K.open, A.conversation)
  end
end

local function begin_episode()
  local now = string.format('%.0f', A.now)
  redis.call('HINCRBY', K.conversation, 'episode', 1)
  redis.call('HSET', K.conversation, 'reason', A.reason or '', 'topic', A.topic or '',
    'vip', A.vip and 1 or 0, 'waiting', now, 'place', A.place or now, 'passed', '')
end

-- What goes to a skill is about something else, or in another language, than was thought.
local function refile()
  for name, value in pairs(A.skill or {}) do redis.call('HSET', K.conversation, name, value) end
end

-- Who had it or was asked comes last when somebody else is looked for. `lost`: it was taken from a silent agent.
local function pass_on()
  if A.lost then redis.call('HSET', K.conversation, 'lost', get('agent')) end
  redis.call('HSETNX', K.conversation, 'waiting', string.format('%.0f', A.now))
  local passed, agent = get('passed') or '', get('agent')
  if agent and not string.find(' ' .. passed .. ' ', ' ' .. agent .. ' ', 1, true) then
    redis.call('HSET', K.conversation, 'passed', passed == '' and agent or passed .. ' ' .. agent)
  end
end

local function name_agent(to)
  local before = get('agent')
  redis.call('HDEL', K.conversation, 'agent', 'agent_name', 'offered_until', 'taken_from')
  if A.by and before then redis.call('HSET', K.conversation, 'taken_from', before) end
  if to == 'offered' then
    redis.call('HSET', K.conversation, 'agent', TO.id, 'agent_name', TO.name,
      'offered_until', string.format('%.0f', A.offered_until))
  elseif to == 'assigned' then
    redis.call('HSET', K.conversation, 'agent', TO.id, 'agent_name', TO.name, 'last_agent', TO.id)
    redis.call('HDEL', K.conversation, 'lost')
  end
end

-- The shopper may be asked how it was (`handoff.ratings`); who has ended it by hand gets nothing new while summing up.
local function end_chat()
  redis.call('HSET', K.conversation, 'ended', string.format('%.0f', A.now))
  schedule('rate', A.now)
  if A.wraps_until then
    redis.call('HSET', K.agents, 'wraps:' .. A.agent, string.format('%.0f', A.wraps_until))
  end
end

-- What was put aside is at hand again. If its agent is gone meanwhile, somebody has to notice now.
local function wake()
  if tonumber(get('snoozed_until') or '0') == 0 then return false end
  redis.call('HDEL', K.conversation, 'snoozed_until')
  redis.call('HSET', K.conversation, 'woken_at', string.format('%.0f', A.now))
  redis.call('ZADD', K.due, 'NX', A.now, 'agent:' .. get('agent'))
  return true
end

-- Hands the conversation to its new owner, under a new epoch unless the queue has it before and after. Returns the epoch.
local function change_owner(row, state)
  local same = in_line(state) and in_line(row.to)
  local epoch = redis.call('HINCRBY', K.conversation, 'epoch', same and 0 or 1)
  if with_humans(row.to) and not with_humans(state) then begin_episode() end
  if (row.to == 'queued' or A.to) and with_humans(state) then pass_on() end
  refile()
  redis.call('HDEL', K.conversation, 'snoozed_until')
  leave_lists(state, row.to)
  enter_lists(row.to)
  redis.call('HSET', K.conversation, 'state', row.to, 'since', string.format('%.0f', A.now))
  name_agent(row.to)
  redis.call('PUBLISH', K.wire, cjson.encode({conversation = A.conversation, state = row.to}))
  if not with_humans(row.to) then
    redis.call('HDEL', K.conversation, 'waiting', 'lost')
    unschedule('watch')
    if state == 'assigned' then end_chat() end
  end
  if row.to == 'closed' then
    redis.call('HSET', K.conversation, 'closed_at', string.format('%.0f', A.now))
  else
    redis.call('HDEL', K.conversation, 'closed_at')
  end
  return epoch
end

-- An agent who lets two in a row pass is away from now on, if `rest` allows: the last one of a skill never is. Whoever
-- does something by hand is there.
local function note_presence()
  local missed = 'missed:' .. DOER.id
  if A.by_hand then return redis.call('HDEL', K.agents, missed) end
  if not A.missed or redis.call('HINCRBY', K.agents, missed, 1) < A.most_missed or not A.rest then return end
  redis.call('HDEL', K.agents, missed)
  redis.call('HSET', K.agents, 'away:' .. DOER.id, 'missed')
  redis.call('PUBLISH', K.wire, '{"agents":true}')
end

-- What a line of the ledger tells that a move forgets.
local function look_back()
  local values = redis.call('HMGET', K.conversation, 'state', 'agent', 'agent_name', 'waiting', 'since')
  return {state = values[1], agent = values[2], agent_name = values[3], waiting = tonumber(values[4] or nil),
    since = tonumber(values[5] or nil)}
end

-- Writes a line of the ledger: who did what with the conversation, and what reports need of it; never what was said.
local function note(kind, before, data)
  for name, value in pairs(A.noted or {}) do data[name] = value end
  data.channel, data.language, data.reason, data.topic = get('channel'), get('language'), get('reason'), get('topic')
  data.left, data.state, data.by_hand, data.lost = before.state, get('state'), A.by_hand, A.lost
  local agent, name = DOER.id ~= '' and DOER.id or nil, DOER.name
  if agent and (name or '') == '' and before.agent == agent then name = before.agent_name end
  redis.call('XADD', K.ledger, '*', 'line', cjson.encode({at = A.now, kind = kind, conversation = A.conversation,
    episode = tonumber(get('episode') or '0'), agent = agent, agent_name = agent and name or nil, data = data}))
end

local function is_first(what)
  local episode = get('episode')
  if get(what) == episode then return false end
  redis.call('HSET', K.conversation, what, episode)
  return true
end

-- How long it took, in ms: `waited` for the episode's first agent, and for its first answer; `owed` for any answer, since
-- whoever gave it had the conversation.
local function measure(before, to)
  local data, waiting = {}, before.waiting
  local since = waiting and math.max(waiting, before.since or waiting)
  local first = to == 'assigned' and before.state ~= 'assigned' and is_first('taken')
  if A.answers then first = is_first('replied') end
  if first and waiting then data.waited = A.now - waiting end
  if A.answers and since then data.owed = A.now - since end
  return data
end

-- After a human stretch the bot starts fresh: it has read everything and remembers no slot.
local function start_fresh()
  redis.call('HSET', K.conversation, 'cursor', get('seq') or '0', 'slots', '{}')
  unschedule('turn')
end

-- What is told in several languages (`contents`) is told in the shopper's.
local function in_words_of_shopper(entries)
  local language = get('language')
  for _, entry in ipairs(entries or {}) do
    if entry.contents then entry.content = entry.contents[language] end
  end
  return entries
end

-- What a wait was that ends because an agent is found: for whom, since when, and from which place on, if that was noted.
local function look_at_wait(state, to)
  if not in_line(state) or to ~= 'assigned' then return nil end
  local intake = cjson.decode(get('slots') or '{}').intake
  return {topic = get('topic'), reason = get('reason'), since = tonumber(get('waiting') or nil),
    place = type(intake) == 'table' and intake.place or nil}
end

-- Makes the move that `rows` (state -> {to, owner}) allows, with the entries that belong to it.
local function move(rows)
  local state = get('state')
  if not state then return {refused = 'unknown'} end
  if get('joined') then return refuse('joined') end
  local row, refusal = check_move(rows, state)
  if refusal then return refusal end
  local epoch, before, waited = tonumber(get('epoch')), look_back(), look_at_wait(state, row.to)
  if changes_owner(row, state) then
    local arrival = in_words_of_shopper(A.arrival)
    epoch = change_owner(row, state)
    append_all(arrival, epoch)
  end
  append_all(A.entries, epoch)
  if with_humans(row.to) and not with_humans(state) then redis.call('HSET', K.conversation, 'request', get('seq')) end
  if state == 'assigned' and row.to ~= 'assigned' then start_fresh() end
  if row.to == 'assigned' and state ~= 'assigned' then start_fresh() end
  if A.answers then
    redis.call('HDEL', K.conversation, 'waiting')
    redis.call('HSET', K.conversation, 'answered_at', string.format('%.0f', A.now))
  end
  if A.answers or A.wakes then wake() end
  if A.snoozed_until then
    redis.call('HSET', K.conversation, 'snoozed_until', string.format('%.0f', A.snoozed_until))
  end
  note(row.kind, before, measure(before, row.to))
  note_presence()
  schedule_archiving()
  outbox()
  if row.to ~= state or with_humans(row.to) then publish_row() end
  return {state = row.to, epoch = epoch, seq = tonumber(get('seq')), waited = waited}
end
