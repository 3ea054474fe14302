-- The loser of a race catches its cancellation around steps, locks, semaphores and lists of tasks.
-- ends: done
local s, count = async.semaphore(1), 0
local winner = async.any{
  function() async.sleep(1) end,
  function()
    while true do
      pcall(flow.step, "again", function()
        flow.defer(function() count = count + 1 end)
        flow.lock("name", function() s:with(function() async.map({ 1, 2 }, function() async.sleep(10) end) end) end)
      end)
    end
  end,
}
return winner == 1 and count == 3 and s:with(function() return flow.lock("name", function() return true end) end)
