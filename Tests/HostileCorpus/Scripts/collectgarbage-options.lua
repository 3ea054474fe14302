-- No script may stop or tune the collector.
-- ends: done
for _, option in ipairs { "stop", "restart", "step", "setpause", "setstepmul", "incremental", "generational" } do
  assert(not pcall(collectgarbage, option, 0), option)
end
assert(collectgarbage("count") > 0)
return true
