-- Ends a piece of due work in one step: reply, cursor, slots, move, outbox and next deadline; only for the worker that
-- still holds it (token), only under the ownership it was made for (epoch), only if nothing new arrived (`watch` is
-- still `seen`).
-- With `keep` the worker goes on holding it until then. `attempt` is a courier's: before something leaves (`leaves`), and
-- where the channel counts, only if there is enough `left`: `need` of it, `reserve` staying. `refund`: it did not leave.
-- `also`: other work on the conversation and when it is due; `lines`: what the ledger is told besides a move.
-- `first`: the entry from which on the courier deals with what is unsent, unless a request's answer turned out to have it.
local known = repeated()
if known then return known end
local member = A.kind .. ':' .. A.conversation
if redis.call('HGET', K.leases, member) ~= A.token then return cjson.encode({lost = true}) end

local function release(at)
  if A.keep then return redis.call('ZADD', K.due, A.keep, member) end
  redis.call('HDEL', K.leases, member)
  if at then redis.call('ZADD', K.due, at, member) else redis.call('ZREM', K.due, member) end
end

-- The owner changed meanwhile: what was made is kept for the agents to see, and the work looked at again.
local function withdraw()
  local data = cjson.encode({withdrawn = true})
  for _, entry in ipairs(A.entries or {}) do
    entry.audience, entry.data, entry.preview = 'agents', data, nil
    append(entry, A.epoch)
  end
  A.keep = nil
  release(A.now)
  return finish({fenced = true})
end

if A.epoch and tonumber(get('epoch')) ~= A.epoch then return withdraw() end
local more = A.seen and tonumber(get(A.watch) or '0') > A.seen
if more and not A.force then return cjson.encode({more = true}) end
if A.first and tonumber(get('sent')) >= A.first then return cjson.encode({more = true}) end

-- Why the channel would not take what needs `need` messages, if it would not.
local function shortage(need, reserve)
  if tonumber(get('left_until') or '0') <= A.now then return 'window_closed' end
  if tonumber(get('left') or '0') < need + reserve then return 'quota' end
end

local function pay(by)
  redis.call('HINCRBY', K.conversation, 'left', by)
  if with_humans(get('state')) then publish_row() end
end

if A.leaves and held_until() > A.now then return cjson.encode({held = held_until()}) end
if A.need then
  local reason = shortage(A.need, A.reserve)
  if reason then return cjson.encode({refused = reason}) end
  pay(-1)
end
if A.refund and tonumber(get('left')) < tonumber(get('granted')) then pay(1) end

if A.first and held_until() <= A.now then redis.call('HDEL', K.conversation, 'given', 'given_until') end
for _, pair in ipairs(A.set or {}) do redis.call('HSET', K.conversation, pair[1], pair[2]) end
release(more and A.now or A.next)
for kind, at in pairs(A.also or {}) do schedule(kind, at) end
for _, line in ipairs(A.lines or {}) do note(line.kind, look_back(), line.data) end
local result = {}
if A.rows then
  result = move(A.rows)
else
  result.seq = append_all(A.entries, tonumber(get('epoch') or '0'))
  if result.seq > 0 then
    outbox()
    if with_humans(get('state')) then publish_row() end
  end
end
return finish(result)
