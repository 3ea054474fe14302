-- A handler that raises an error of its own, in an endless series.
-- ends: cpu
while true do
  xpcall(error, function(e) error(e) end, "first")
end
