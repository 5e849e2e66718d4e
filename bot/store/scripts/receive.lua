-- Makes a shopper's message durable, once, and says when the bot's turn is due. The command id is the message's own id.
local known = repeated()
if known then return known end

local state = get('state')
if not state then
  if A.full then return cjson.encode({refused = 'full'}) end
  redis.call('HSET', K.conversation, 'channel', A.channel, 'identity', A.identity, 'language', A.language or 'zh-Hans',
    'state', 'bot', 'epoch', 0, 'episode', 0, 'since', A.now, 'cursor', 0, 'sent', 0, 'archived', 0, 'slots', '{}')
  state = 'bot'
end
if A.name then redis.call('HSET', K.conversation, 'name', A.name) end
if A.language and A.language ~= get('page_language') then -- the page's language; the dialogue may have found another since
  redis.call('HSET', K.conversation, 'language', A.language, 'page_language', A.language)
end
if state == 'closed' then
  state = 'bot'
  redis.call('HSET', K.conversation, 'state', state)
end

local seq = append_all(A.entries, tonumber(get('epoch')))
redis.call('HSET', K.conversation, 'shopper_seq', seq)
if state == 'assigned' then
  redis.call('HSETNX', K.conversation, 'waiting', string.format('%.0f', A.now))
else
  local answers = get('asked') == '1' -- bare data and a yes are complete when the bot asked for them
  if not redis.call('ZSCORE', K.due, 'turn:' .. A.conversation) then
    redis.call('HSET', K.conversation, 'burst', string.format('%.0f', A.now)) -- its first message
  end
  schedule('turn', answers and A.now or A.turn_at)
end
if with_humans(state) then publish_row() end
schedule_archiving()
return finish({seq = seq, state = state})
