-- A reader gives one byte at a time of a chunk that is loaded again and again.
-- ends: cpu
while true do
  local n = 0
  load(function()
    n = n + 1
    return n < 10000 and ";" or nil
  end)
end
