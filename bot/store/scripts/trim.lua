-- Forgets what the archive has: entries up to `upto`, unless the conversation is with humans. (The archivist looks for
-- unread work before.)
local known = repeated()
if known then return known end
if with_humans(get('state')) then return finish({refused = 'open'}) end
redis.call('XTRIM', K.log, 'MINID', (A.upto + 1) .. '-0')
redis.call('HSET', K.conversation, 'archived', A.upto)
return finish({archived = A.upto})
