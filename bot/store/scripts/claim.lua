-- Lends due work to a worker: at most `limit` items, each with a fencing token, until `now + lease`. Also says when the
-- next item is due. KEYS: due, leases, command.
local A = cjson.decode(ARGV[1])
local known = redis.call('GET', KEYS[3])
if known then return known end
local items = {}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', A.now, 'LIMIT', 0, A.limit)) do
  local token = tostring(redis.call('HINCRBY', KEYS[2], 'token', 1))
  redis.call('HSET', KEYS[2], member, token)
  redis.call('ZADD', KEYS[1], A.now + A.lease, member)
  items[#items + 1] = {member, token}
end
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local answer = cjson.encode({items = items, next = tonumber(first[2])})
if #items > 0 then redis.call('SET', KEYS[3], answer, 'PX', A.ttl) end
return answer
