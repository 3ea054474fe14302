-- Lists of tasks that are cancelled over and over, whose ends nobody hears of.
-- ends: operations cpu memory done
for _ = 1, 100000 do
  local h = async.spawn(async.map, { 1, 2, 3 }, { limit = 3 }, function() end)
  h:cancel()
  pcall(h.await, h)
end
return true
