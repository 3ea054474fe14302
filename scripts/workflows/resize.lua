-- Gives a guest another size, and the old one back if it doesn't come up with it.
--
--   vmmlua run resize db-1 mb=32768 --allow vmm.set
--   vmmlua run resize db-1 mb=32768 cpus=8 port=5432 --allow vmm.set --allow net
--   vmmlua run resize db-1 cpus=8 force=true --allow vmm.set --allow vmm.power_off
--
-- The guest is shut down, set and started. It must then run, or answer on `port`, and still do so after `watch`.
-- Otherwise it is stopped, set back and started again, and the script fails. A guest that was off is set and stays off.
--
-- Of two runs for one guest at once, the second ends with exit code 75.
--
-- needs: vmm.set, net (with port), vmm.power_off (with force=true)

local a = script.args {
  { "guest", help = "its name or id" },
  { "mb", type = "integer", default = 0, help = "memory in MB; 0 leaves it as it is" },
  { "cpus", type = "integer", default = 0, help = "number of CPUs; 0 leaves it as it is" },
  { "port", type = "integer", default = 0, help = "a TCP port on which it answers when it is up; 0 asks none" },
  { "timeout", type = "duration", default = "10m", help = "how long it may take to stop, to start, and to answer" },
  { "watch", type = "duration", default = "30s", help = "how long it must stay up to be believed" },
  { "force", type = "boolean", default = false, help = "cut its power if it doesn't stop" },
}
if a.mb < 0 or a.cpus < 0 then error("mb and cpus must be at least 1", 0) end
if a.mb == 0 and a.cpus == 0 then error("give mb= or cpus=, or both", 0) end

local id = vmm.get(a.guest).guest_id

flow.lock("resize " .. id, function()
  -- Everything that can be known beforehand is, so that the guest isn't down when it turns out.

  local g = vmm.get(id) -- as it is now that nobody else resizes it
  local name = g.guest_name
  if not g.vram_size or not g.vcpu_num then
    error(("the NAS doesn't tell the size of %s, so it could not be set back: resize it in Virtual Machine Manager"):format(name), 0)
  end
  local old = { vram_size = g.vram_size, vcpu_num = g.vcpu_num }
  local new = { vram_size = a.mb > 0 and a.mb or old.vram_size, vcpu_num = a.cpus > 0 and a.cpus or old.vcpu_num }
  local function words(size) return ("%d MB and %d CPUs"):format(size.vram_size, size.vcpu_num) end

  if new.vram_size == old.vram_size and new.vcpu_num == old.vcpu_num then
    print(("%s has %s already"):format(name, words(old)))
    return
  end

  local was_running = g.status == "running"
  if not was_running and g.status ~= "stopped" then
    error(("%s is %s, neither running nor stopped"):format(name, g.status), 0)
  end
  for _, permission in ipairs { "vmm.set", "vmm.power_on", a.force and "vmm.power_off" or nil } do
    permission = permission .. ":" .. name
    if not script.allows(permission) then error("this needs --allow " .. permission, 0) end
  end

  local function is_up()
    local status = vmm.get(g).status
    if status ~= "running" then return false, "it is " .. status end
    if a.port == 0 then return true end
    return probe.tcp(name, a.port)
  end

  if was_running then
    local ok, why = is_up() -- what doesn't answer now would be set back for nothing
    if not ok then error(("%s:%d doesn't answer as it is: %s"):format(name, a.port, why), 0) end
  end

  -- Resize it.

  local function stop() flow.stop(g, { timeout = a.timeout, force = a.force, temporary = was_running }) end

  flow.step("resize " .. name, function()
    flow.defer(function(problem)
      if not problem then return end
      local is_cancelled = type(problem) == "table" and problem.kind == "cancelled"
      local now = vmm.get(g)
      -- What didn't even stop stays as it is; what was cancelled while it stopped waits until it has stopped.
      if is_cancelled or now.vram_size ~= old.vram_size or now.vcpu_num ~= old.vcpu_num or now.status ~= "running" then
        -- While it boots it can be neither stopped nor set, so that is tried again.
        flow.retry({ attempts = 6, backoff = "5s", on = { "wrong_state" } }, function()
          stop()
          vmm.set(g, old)
        end)
      end
      if was_running then flow.start(g, { timeout = a.timeout }) end
      print(("%s is back at %s"):format(name, words(old)))
    end)
    stop()
    vmm.set(g, new)
    if was_running then
      flow.start(g, { timeout = a.timeout })
      flow.wait_for({ timeout = a.timeout }, is_up)
      local ok, why = probe.stable(a.watch, is_up)
      if not ok then error(("%s didn't stay up: %s"):format(name, why), 0) end
    end
  end)
  print(("%s: %s -> %s"):format(name, words(old), words(new)))
end)
