local function cluster()
  sim.cluster {
    guests = {
      { guest_name = "web-1", status = "running", autorun = 2, vcpu_num = 2, vram_size = 4096, description = "#web" },
      { guest_name = "db-1", status = "running", autorun = 0, vcpu_num = 8, vram_size = 8192, description = "#db" },
      { guest_name = 'old "a", b', status = "stopped", autorun = 2, vcpu_num = 1, vram_size = 512, description = "" },
    },
  }
end

local function fine()
  sim.cluster { guests = { { guest_name = "web-1", status = "running", autorun = 2, description = "#web" } } }
end

describe("audit", function()
  it("reports in columns, and groups what looks wrong", function()
    cluster()
    local run = sim.run("audit.lua")
    expect(run.exit_code):equals(0)
    local lines = {}
    for line in run.output:gmatch("([^\n]*)\n") do table.insert(lines, line) end
    local column = lines[1]:find("STATUS", 1, true)
    expect(lines[2]:find("running", 1, true)):equals(column)
    expect(lines[3]:find("stopped", 1, true)):equals(column)
    expect(run.output):contains("0.5 GB")
    expect(run.output):contains("runs with autorun off: db-1\n")
    expect(run.output):contains('is off with autorun on: old "a", b\n')
    expect(run.output):contains('has no tag: old "a", b\n')
  end)

  it("aligns wide and combining characters, and keeps a name to its row", function()
    sim.cluster{ guests = { { guest_name = "日本" }, { guest_name = "cafe\u{301}" }, { guest_name = "a\nb" } } }
    local output = sim.run("audit.lua").output
    expect(output):contains("NAME  STATUS")
    expect(output):contains("\n日本  running")
    expect(output):contains("\ncafe\u{301}  running")
    expect(output):contains("\na\\nb  running")
  end)

  it("quotes what CSV needs quoted", function()
    cluster()
    local run = sim.run("audit.lua", { args = { "csv" } })
    expect(run.output):matches("^guest_id,guest_name,status,")
    expect(run.output):contains(',"old ""a"", b",stopped,on,1,512,')
    expect(run.output):contains(",db,runs with autorun off\n")
  end)

  it("writes JSON with the findings of each guest", function()
    cluster()
    local guests = json.decode(sim.run("audit.lua", { args = { "format=json" } }).output)
    expect(#guests):equals(3)
    expect(guests[1].guest_name):equals("db-1")
    expect(guests[1].findings[1]):equals("runs with autorun off")
    expect(#guests[3].findings):equals(0)
  end)

  it("fails with strict where anything looks wrong, the report printed all the same", function()
    cluster()
    local run = sim.run("audit.lua", { args = { "strict=true" } })
    expect(run.exit_code):equals(1)
    expect(run.error.message):contains("3 findings")
    expect(run.output):contains("db-1")
    fine()
    expect(sim.run("audit.lua", { args = { "strict=true" } }).exit_code):equals(0)
  end)

  it("refuses a format that it doesn't know, and makes nothing but reads", function()
    fine()
    local run = sim.run("audit.lua", { args = { "xml" } })
    expect(run.exit_code):equals(1)
    expect(run.error.message):contains("format must be table, csv or json, not 'xml'")
    expect(#run.operations):equals(0)
    for _, o in ipairs(sim.run("audit.lua").operations) do expect(o.name):equals("list") end
  end)
end)
