-- A request of the channel's that waits for what is unsent: takes it to answer with it (`take`), says that the answer is
-- written (`written`) or could not be (`lost`). While a request answers, the courier and other requests leave those words
-- alone; when it dies, they are sent again, in doubt. The command's result is what the request answers, again and again,
-- until others have begun to say it (`given` names who may).
local member = 'send:' .. A.conversation
local known = repeated()
known = known and cjson.decode(known)

-- The courier looks again when no request holds it off, if there is anything to look at.
local function reschedule()
  if not A.courier or redis.call('HEXISTS', K.leases, member) == 1 then return end
  if tonumber(get('tail') or '0') > tonumber(get('sent')) then
    redis.call('ZADD', K.due, math.max(A.now, held_until()), member)
  else
    redis.call('ZREM', K.due, member)
  end
end

-- The request has nothing, or nothing more, to say: what is unsent is the courier's, or the next request's.
local function leave(result)
  if get('passive') == A.request then redis.call('HDEL', K.conversation, 'passive', 'passive_until') end
  if get('given') == A.request then redis.call('HDEL', K.conversation, 'given', 'given_until') end
  reschedule()
  return finish(result)
end

-- Whether what was read is still what is unsent, and nobody else has begun to send it.
local function as_read()
  local seq, _, pieces, started, doubt = string.match(get('attempt') or '', '^(%d+):(%d+):(%d+):(%d):(%d)')
  local leaving = seq and tonumber(seq) > A.sent and (pieces ~= A.pieces or started ~= '0' or doubt ~= '0')
  local given = get('given') and tonumber(get('given_until')) > A.now
  return tonumber(get('sent')) == A.sent and tonumber(get('epoch')) == A.epoch and not leaving and not given
end

local function hold()
  redis.call('HSET', K.conversation, 'given', A.request, 'given_until', string.format('%.0f', A.given_until))
end

-- The channel repeats its request: the same answer, unless others say it by now, or it is of an earlier ownership.
local function take_again()
  if not known.body then return cjson.encode(known) end
  if not known.written then
    if get('given') ~= A.request or tonumber(get('epoch')) ~= known.epoch then return '{}' end
    hold()
  end
  known.tries = known.tries + 1
  return finish(known)
end

local function take()
  if known then return take_again() end
  if get('passive') ~= A.request then return finish({}) end
  if not as_read() then return A.last and leave({}) or '{"again":true}' end
  if not A.body then return leave({}) end
  local said = append_all(A.say, A.epoch)
  if A.promised then redis.call('HSET', K.conversation, 'promised', A.promised) end
  local upto = said > 0 and said or A.upto
  hold()
  redis.call('HSET', K.conversation, 'doubt', math.max(tonumber(get('doubt') or '0'), upto, A.part or 0))
  reschedule()
  return finish({body = A.body, tries = 1, upto = upto, attempt = A.attempt, notes = A.notes, epoch = A.epoch})
end

-- However late, as long as nobody else has begun to say it.
local function written()
  if not known or not known.body or known.written or get('given') ~= A.request then return '{}' end
  known.written = true
  redis.call('HSET', K.conversation, 'sent', math.max(known.upto, tonumber(get('sent'))))
  if known.attempt then redis.call('HSET', K.conversation, 'attempt', known.attempt) end
  append_all(known.notes, tonumber(get('epoch')))
  return leave(known)
end

local function lost()
  local ours = known and known.body and not known.written and known.tries == A.tries
  return ours and leave({}) or '{}'
end

return ({take = take, written = written, lost = lost})[A.step]()
