-- Two functions call each other for ever, in tail position, so that no stack grows.
-- ends: cpu
local ping, pong

function ping(n) return pong(n + 1) end
function pong(n) return ping(n - 1) end

ping(0)
