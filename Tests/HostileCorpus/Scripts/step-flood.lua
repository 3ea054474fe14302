-- Steps with long names, as many as a loop can make: each is an event for whoever watches.
-- ends: output
local name = ("n"):rep(1000)
while true do flow.step(name, function() end) end
