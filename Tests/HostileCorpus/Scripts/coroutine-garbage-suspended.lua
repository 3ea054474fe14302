-- Coroutines are left suspended and unreachable: a collection must bring their number down.
-- ends: cpu
while true do
  local co = coroutine.wrap(coroutine.yield)
  co()
end
