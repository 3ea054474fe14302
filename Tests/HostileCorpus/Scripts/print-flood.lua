-- print without end.
-- ends: output
while true do
  print(("x"):rep(100))
end
