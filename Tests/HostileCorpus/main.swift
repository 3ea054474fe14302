import Foundation

// Runs every script of the corpus in this process, one after the other, with a healthy script after each.
//
// usage: hostile-corpus [--cpu-limit SECONDS] [NAME…]
// Exit code 1 if one got the better of its host. The last lines tell how long the slowest kills took.

var arguments = CommandLine.arguments.dropFirst()
var cpuLimit = Duration.milliseconds(300)
if arguments.first == "--cpu-limit", let seconds = arguments.dropFirst().first.flatMap(Double.init) {
    cpuLimit = .seconds(seconds)
    arguments = arguments.dropFirst(2)
}

let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts")
let attacks = try Attack.all(in: folder).filter { arguments.isEmpty || arguments.contains($0.name) }
var failures = 0
var overruns: [(name: String, time: Duration)] = []
for attack in attacks {
    let result = await attack.perform(cpuLimit: cpuLimit)
    if let overrun = result.overrun { overruns.append((attack.name, overrun)) }
    guard let problem = result.problem else { continue }
    failures += 1
    print("\(attack.name): \(problem)")
}
for (name, time) in overruns.sorted(by: { $0.time > $1.time }).prefix(5) {
    print("\(name): ended \(Int(time / .milliseconds(1))) ms of CPU time after its limit")
}
print("\(attacks.count - failures) passed, \(failures) failed")
exit(failures == 0 && !attacks.isEmpty ? 0 : 1)
