-- The shopper types on: a turn that waits for more waits for its whole burst. Repeating it changes nothing.
local member = 'turn:' .. A.conversation
local due = tonumber(redis.call('ZSCORE', K.due, member) or '0')
if due > A.now and redis.call('HEXISTS', K.leases, member) == 0 then
  redis.call('ZADD', K.due, tonumber(get('burst')) + A.burst, member)
end
return '{}'
