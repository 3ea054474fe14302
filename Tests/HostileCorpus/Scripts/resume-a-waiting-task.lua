-- A task gets hold of the coroutine of another that waits for the host, and must not be able to resume or close it.
-- ends: done
local main, is_base = coroutine.running()
assert(is_base)
local resumed, closed, status
async.spawn(function()
  resumed = coroutine.resume(main, "forged answer")
  closed = pcall(coroutine.close, main)
  status = coroutine.status(main)
end)
assert(vmm.get("web-1").guest_name == "web-1")
assert(resumed == false and closed == false and status == "normal")
return true
