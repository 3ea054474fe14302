-- Two coroutines try to resume one another, and go on when they are refused.
-- ends: cpu
local first, second
local function play(other)
  return function()
    while true do
      coroutine.resume(other())
      coroutine.yield()
    end
  end
end
first = coroutine.create(play(function() return second end))
second = coroutine.create(play(function() return first end))

while true do
  coroutine.resume(first)
end
