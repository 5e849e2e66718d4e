/**
 * The shapes that travel between workspace and server, as docs/protocol.md defines them. Times are ms since the epoch.
 *
 * @typedef {"bot"|"queued"|"offered"|"assigned"|"closed"} State
 * @typedef {"shopper"|"bot"|"agent"|"system"} Author
 * @typedef {"claim"|"decline"|"reply"|"note"|"hand_back"|"close"|"requeue"|"snooze"|"wake"|"unjoin"|"take_over"|"whisper"} Command
 *
 * @typedef {object} Row one conversation as the lists show it
 * @property {string} id
 * @property {State} state
 * @property {number} epoch
 * @property {string|null} agent
 * @property {number} since since when it is in this state
 * @property {number} at
 * @property {number} seq
 * @property {string|null} name
 * @property {string} channel
 * @property {string} language
 * @property {string|null} reason
 * @property {string|null} [topic] what it is about
 * @property {boolean} [vip] of a member who comes sooner
 * @property {number} episode
 * @property {string|null} preview
 * @property {number|null} offered_until until when `agent` is asked to take it
 * @property {string|null} lost the agent it was taken from for silence
 * @property {string|null} [taken_from] the agent whom a supervisor took it from
 * @property {number|null} soon when the next answer should be given
 * @property {number|null} due when it is late
 * @property {boolean} overdue the supervisor was told
 * @property {boolean} [sound] whether an answer that is due soon is heard
 * @property {number|null} waiting since when the shopper waits for a human's word
 * @property {number} snoozed_until its agent has put it aside till then; 0: it is at hand
 * @property {string} [members] the conversations that are joined to it, with blanks between
 * @property {boolean} reachable false: has blocked us
 * @property {number|null} [left] messages the channel still lets us send, where it counts
 * @property {number|null} [left_until] until when
 *
 * @typedef {{label: string, choice: string}} Button
 * @typedef {{kind: "product"|"order", ref: string, title: string, lines?: string[], image?: string, url?: string}} Card
 * @typedef {{kind: "image"|"voice"|"video"|"file", media: string, type?: string, name?: string, size?: number, seconds?: number}} Attachment
 * @typedef {{latitude: number, longitude: number, label?: string}} Location in degrees
 * @typedef {{text?: string, choice?: string, buttons?: Button[], card?: Card, attachments?: Attachment[], location?: Location,
 *   quote?: string}} Content
 *
 * @typedef {object} EntryData
 * @property {string} [event]
 * @property {string|null} [reason]
 * @property {string} [agent]
 * @property {string} [from] the agent it was taken from
 * @property {boolean} [whisper] a supervisor's note for the agent
 * @property {string} [to] whom it was passed on to
 * @property {string} [topic]
 * @property {string} [language]
 * @property {string[]} [channels]
 * @property {boolean} [withdrawn]
 * @property {number} [stars] of a rating
 * @property {number} [score] of a recommendation, 0 to 10
 * @property {string} [zh] the disposition of a summary
 * @property {string} [en]
 * @property {string[]} [tags]
 * @property {number} [until] put aside till then
 * @property {string} [why]
 * @property {number} [of]
 * @property {{of: number} & import("./corrections.js").Meaning} [understood] what the bot understood, of which message
 * @property {boolean} [album] an edit that only adds to an album
 * @property {DeliveryStatus} [status]
 *
 * @typedef {"sent"|"failed"|"maybe_twice"|"unconfirmed"|"withdrawn"|"refused"|"media_lost"} DeliveryStatus
 * @typedef {{status: DeliveryStatus, reason?: string|null}} Delivery what became of a message, and why
 *
 * @typedef {object} Entry one line of a conversation's log
 * @property {number} seq a fraction for entries of a joined conversation
 * @property {string} [log] the joined conversation it was said in
 * @property {number} [own] its `seq` there
 * @property {string} [channel] where it came from or went to
 * @property {number} prev
 * @property {number} at
 * @property {Author} author
 * @property {"message"|"edit"|"event"|"note"|"delivery"} kind
 * @property {string|null} who
 * @property {"all"|"agents"} audience
 * @property {Content} content
 * @property {EntryData} data
 * @property {string|null} external_id
 * @property {number} epoch
 *
 * @typedef {object} Brief
 * @property {string|null} [reason]
 * @property {string|null} [question]
 * @property {string|null} [order]
 * @property {string|null} [product]
 * @property {string|null} [topic]
 * @property {number} [level] of membership
 * @property {boolean} [vip]
 * @property {import("./why.js").Why|null} [why] the rule that asked for a human
 * @property {string|null} [mood]
 * @property {string[]} [mood_words]
 * @property {string[]} [said]
 * @property {number|null} [asked_at]
 *
 * @typedef {{id: string, name: string, online: boolean, status: "available"|"away"|"gone", why: "self"|"missed"|null}} Colleague
 * @typedef {"agent"|"lead"|"admin"|"auditor"} Role
 * @typedef {"read"|"work"|"oversee"|"intervene"|"check"|"set"|"manage"|"audit"} May
 * @typedef {{id: string, name: string, role: Role, may: readonly May[]}} Agent
 * @typedef {{agent: Agent, csrf: string, demo: boolean}} Session
 * @typedef {{id: string, name: string, role: Role, state: "invited"|"active"|"disabled"}} Account
 * @typedef {{conversation: Row, brief: Brief, entries: Entry[], before: string|null}} History `before` is the cursor of what is older
 * @typedef {{state: State, epoch: number, seq: number}} Moved
 *
 * @typedef {{type: "snapshot", at: string, rows: Row[], agents: Colleague[]}} SnapshotFrame
 * @typedef {{type: "row", at: string, row: Row}} RowFrame
 * @typedef {{type: "entry", conversation: string, entry: Entry}} EntryFrame
 * @typedef {{type: "typing", conversation: string}} TypingFrame
 * @typedef {{type: "agents", agents: Colleague[]}} AgentsFrame
 * @typedef {{conversation: string, by: string, text: string, at: number, row: Row}} Mention a note that names me
 * @typedef {{type: "mentions", mentions: Mention[]}} MentionsFrame
 * @typedef {{type: "tickets"} & import("./tickets.js").Alarms} TicketsFrame
 * @typedef {{type: "pong"}} PongFrame
 * @typedef {{type: "switches", off: import("./offbanner.js").SwitchedOff}} SwitchesFrame
 * @typedef {{type: "error", error: {code: string, message: string}}} ErrorFrame
 * @typedef {SnapshotFrame|RowFrame|EntryFrame|TypingFrame|AgentsFrame|MentionsFrame|TicketsFrame|PongFrame|SwitchesFrame|ErrorFrame} Frame
 */
export {};
