/** A worker that ticks once a second, at full speed also while its page is hidden. */
setInterval(() => postMessage("tick"), 1_000);
