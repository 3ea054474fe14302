-- flow.stop, start and restart: a change of one guest's power, which reads the guest first, asks, waits and verifies.

local G = script_globals
local check, authorize = host.check, host.authorize
local kind_of, step, deadline_in = host.kind_of, host.step, host.deadline_in
local is_cancelled, power_asked, aim = host.is_cancelled, host.power_asked, host.aim
local pcall, error, mathtype, min = pcall, error, math.type, math.min
local vmm = G.vmm
local get, shutdown, power_on, power_off = vmm.get, vmm.shutdown, vmm.power_on, vmm.power_off
local wait_task, wait_status = vmm.wait_task, vmm.wait_status
local warn = G.log.warn

local flow = G.flow
local defer = flow.defer

-- The options of a call. async.map calls with the guest and its index, which is none.
local function options_of(value)
  if mathtype(value) == "integer" then return nil end
  return value
end

local function is_down(guest) return guest.status == "stopped" or guest.status == "crashed" end

-- Waits until a guest that is booting or shutting down has done so: nothing can be asked of it before.
local function settled(guest, options)
  if guest.status ~= "booting" and guest.status ~= "shutting_down" then return guest end
  local ends = { "running", "stopped" }
  -- One that the script has sent on its way may show as it was all the while.
  local _, is_pending = power_asked(guest.guest_id)
  if is_pending then ends = guest.status == "booting" and "running" or "stopped" end
  return wait_status(guest, ends, { timeout = options.timeout or "5m" })
end

local function change_of(before, after, changed)
  return { guest = after, changed = changed, before = before, after = after }
end

-- MARK: Stop

-- With `force`, power is cut after these errors of a shutdown. Others say that nothing can be asked of the NAS, or that the
-- script may not.
local did_not_go_off = { timeout = true, task_failed = true, task_cancelled = true }
local could_not_be_asked = { wrong_state = true, unsupported = true, busy = true, outcome_unknown = true }

-- What a NAS says of a shutdown that has ended the other way may be untrue for so long.
local doubt = 30

-- Whether a guest that could not be asked to shut down goes off all the same, as an earlier shutdown of somebody else may be
-- pending. One that doesn't run can't hear anybody.
local function goes_off(guest, time)
  if guest.status ~= "running" and guest.status ~= "shutting_down" then return false end
  local ok, problem = pcall(wait_status, guest, "stopped", { timeout = time })
  if not ok and kind_of(problem) ~= "timeout" then error(problem, 0) end
  return ok
end

local function stop(guest, options)
  if guest.status == "booting" then guest = settled(guest, options) end
  if is_down(guest) then return change_of(guest, guest, false) end
  if options.force then authorize("vmm.power_off", guest.guest_id, guest.guest_name) end -- told before anything is sent
  local timeout = options.timeout or "5m"
  local deadline = deadline_in(timeout)
  local ok, problem = pcall(function()
    -- What the NAS takes to accept it counts: the timeout is for all of it.
    wait_task(shutdown(guest, { timeout = timeout }), { timeout = deadline.rest() })
  end)
  if not ok then
    local kind = kind_of(problem)
    if not options.force or not (did_not_go_off[kind] or could_not_be_asked[kind]) then error(problem, 0) end
    local rest = deadline.rest()
    if not goes_off(guest, did_not_go_off[kind] and min(rest, doubt) or rest) then
      warn("cutting its power, as it does not shut down", { guest = guest.guest_name })
      local force_timeout = options.force_timeout or "1m"
      wait_task(power_off(guest, { force = true, timeout = force_timeout }), { timeout = force_timeout })
    end
  end
  return change_of(guest, get(guest), true)
end

--: flow.stop(ref: guest, {timeout: duration = "5m", force: boolean = false, force_timeout: duration = "1m", temporary: boolean = false}) -> change
--: Shuts a guest down and waits until it is off. With force, its power is cut if it isn't by then, also where it could not be
--: asked to shut down. temporary says that the script starts it again: a run that ends before that tells so.
--: errors: timeout task_failed
--: permission: vmm.shutdown
--: example: flow.stop("web-1", { timeout = "10m" })
function flow.stop(ref, options)
  options = options_of(options)
  check("flow.stop", ref, options)
  local guest = get(ref)
  aim(guest.guest_id, options and options.temporary and "running" or "stopped")
  return step("stop", guest.guest_name, stop, guest, options or {})
end

-- MARK: Start

local function start(guest, options)
  if guest.status == "shutting_down" then guest = settled(guest, options) end
  if guest.status == "running" then return change_of(guest, guest, false) end
  local deadline = deadline_in(options.timeout or "5m")
  wait_task(power_on(guest, { timeout = deadline.rest() }), { timeout = deadline.rest() })
  return change_of(guest, get(guest), true)
end

--: flow.start(ref: guest, {timeout: duration = "5m"}) -> change
--: Powers a guest on and waits until it runs.
--: errors: timeout wrong_state task_failed
--: permission: vmm.power_on
--: example: flow.start("web-1")
function flow.start(ref, options)
  options = options_of(options)
  check("flow.start", ref, options)
  local guest = get(ref)
  aim(guest.guest_id, "running")
  return step("start", guest.guest_name, start, guest, options or {})
end

-- MARK: Restart

-- What this task has asked of the guest's power, if that was to go off; and whether that isn't seen done.
local function asked_to_stop(guest)
  local action, is_pending, is_ours = power_asked(guest.guest_id)
  if is_ours and action ~= "power_on" then return action, is_pending end
end

-- A run that is cancelled in the midst of a restart doesn't leave a guest off that it has stopped, as it ran before. Nobody waits
-- until it is up: what was cancelled is to end soon.
local function bring_back(guest, options)
  local action, is_pending = asked_to_stop(guest)
  if not action then return end
  if is_pending then wait_status(guest, "stopped", { timeout = options.timeout or "5m" }) end
  if is_down(get(guest)) then power_on(guest) end
end

-- A restart that failed for another reason: a guest that didn't go off in its time may go off a little later, and one that is
-- off could not be asked to start. It ran before, so it is started, once more. The restart has failed all the same.
local function start_after_failure(guest, options, problem)
  local action, is_pending = asked_to_stop(guest)
  if not action then return end
  local has_ended = kind_of(problem) == "task_failed" or kind_of(problem) == "task_cancelled"
  if has_ended and not is_down(get(guest)) then goes_off(guest, doubt) end
  if is_pending and not goes_off(guest, options.timeout or "5m") then
    warn("it was asked to shut down and may still go off; it will not be started again", { guest = guest.guest_name })
    return
  end
  local now = get(guest)
  if not is_down(now) then return end
  warn("its restart failed and it is off, so it is started again", { guest = guest.guest_name })
  start(now, { timeout = options.start_timeout })
end

--: flow.restart(ref: guest, {timeout: duration = "5m", force: boolean = false, force_timeout: duration = "1m", start_timeout: duration = "5m"}) -> change
--: Stops a guest and starts it again, also where the run is cancelled in between. One that does not run stays as it is. One that
--: goes off only after its timeout, but within another, is started again too; the restart fails all the same.
--: errors: timeout task_failed
--: permission: vmm.shutdown
--: example: flow.restart("web-1", { timeout = "10m", force = true })
function flow.restart(ref, options)
  options = options_of(options)
  check("flow.restart", ref, options)
  options = options or {}
  local guest = settled(get(ref), options)
  if guest.status ~= "running" then return change_of(guest, guest, false) end
  authorize("vmm.power_on", guest.guest_id, guest.guest_name) -- before it is off
  aim(guest.guest_id, "running")
  return step("restart", guest.guest_name, function()
    local was_cancelled = is_cancelled()
    defer(function(problem)
      if problem == nil then return end
      if kind_of(problem) ~= "cancelled" then
        start_after_failure(guest, options, problem)
      -- A task that the script itself cancels is the script's to care for: at a deadline, say, the power may be about to fail.
      elseif is_cancelled() and not was_cancelled then
        bring_back(guest, options)
      end
    end)
    local stopped = stop(guest, options).after
    return change_of(guest, start(stopped, { timeout = options.start_timeout }).after, true)
  end)
end
