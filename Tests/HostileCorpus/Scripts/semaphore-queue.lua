-- Thousands of tasks queue for a semaphore that its holder never gives back.
-- ends: cpu coroutines memory error done
local s = async.semaphore(1)
for _ = 1, 15000 do async.spawn(s.with, s, function() s:with(print) end) end
