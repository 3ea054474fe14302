import Foundation
import SynologyVMM
import VMMScripting

// Usage: VMMLUA_PASSWORD=… embedding-example https://nas:5001 ops
let arguments = CommandLine.arguments
let password = ProcessInfo.processInfo.environment["VMMLUA_PASSWORD"] ?? ""
let client = SynologyClient(
    try .init(url: arguments[1], account: arguments[2], password: Secret(password))
)

// A table of this program's own: scripts call it as inventory.owner("web-1").
var configuration = ScriptHost.Configuration()
configuration.bindings = [
    .function(
        "inventory.owner",
        parameters: [.init("name", .string)],
        results: "text",
        summary: "Who answers for a guest."
    ) { call in
        [call.string("name")?.hasPrefix("web-") == true ? "the web team" : "operations"]
    }
]

let host = ScriptHost(manager: client, configuration: configuration)
let source = """
    for _, g in ipairs(vmm.list{ status = "running" }) do
      print(g.guest_name, inventory.owner(g.guest_name))
    end
    return #vmm.list()
    """
let run = try await host.start(source, named: "owners.lua")
for await event in run.events {
    if case .printed(let line) = event { FileHandle.standardOutput.write(Data(line)) }
}
let values = try await run.result()
print("guests:", values.first?.wholeNumber ?? 0)
await client.close()
