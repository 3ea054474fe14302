-- A script polls a task's status without ever letting the task run.
-- ends: cpu
local handle = async.spawn(async.sleep, "1s")
while handle.status == "running" do end
