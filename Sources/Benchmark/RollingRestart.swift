import Foundation
import SynologyVMM

/// The restart of 500 guests, 50 at a time, by the command and by what else one would take, on the same simulated NAS.
///
/// The ideal is what the guests themselves need: a whole batch shuts down at once, and boots at once. Clients poll and
/// compute in real seconds, so a higher `speed` counts against each of them.
func measureRollingRestarts(_ options: Options, _ report: inout Report) throws {
    let name = "rolling restarts"
    guard options.group == "workflows" else {
        return report.skip(name, because: "they take ten minutes: --only workflows")
    }
    guard let command = options.command,
        let nas = try SimulatorProcess(
            command,
            scenario: scenario(equalGuests: 500, secondsOfTransition: transition),
            speed: options.speed,
            logsRequests: true
        )
    else { return report.skip(name, because: "--command names no vmmlua that can simulate") }

    for dialect in [DialectName.public, .documented] {
        let ours = Contender(
            name: "\(dialect.rawValue) dialect",
            program: command,
            arguments: [
                "run", "rolling-restart", "web-*", "batch=\(Contender.batch)", "--dialect", dialect.rawValue,
            ],
            guestCount: 500
        )
        try measure(ours, nas, options.speed, target: dialect == .public ? .ratio(1.1) : nil, &report)
    }
    guard let peers = options.peers else {
        return report.skip("\(name) by Python and Ansible", because: "--peers names no folder that has them")
    }
    try measure(pythonThreads(peers), nas, options.speed, target: nil, &report)
    let inventory = FileManager.default.temporaryDirectory.appending(path: "inventory-\(UUID().uuidString).ini")
    defer { try? FileManager.default.removeItem(at: inventory) }
    try measure(try ansible(peers, writing: inventory), nas, options.speed, target: nil, &report)
}

/// Seconds that a guest takes to shut down, and to boot.
private let transition = 10

private func pythonThreads(_ folder: String) -> Contender {
    Contender(
        name: "Python's requests, a thread for each guest of a batch",
        program: "\(folder)/python",
        arguments: ["scripts/peers/rolling_restart.py", "500", "\(Contender.batch)"],
        guestCount: 500
    )
}

/// It starts a Python for each question: two batches take as long as it takes others to restart 500 guests or longer.
private func ansible(_ folder: String, writing inventory: URL) throws -> Contender {
    try Data("[guests]\nweb-[1:100]\n".utf8).write(to: inventory)
    return Contender(
        name: "Ansible, a fork for each guest of a batch",
        program: "\(folder)/ansible-playbook",
        arguments: [
            "--inventory", inventory.path, "--forks", "\(Contender.batch)",
            "--extra-vars", "batch=\(Contender.batch)", "scripts/peers/rolling_restart.yaml",
        ],
        guestCount: 100
    )
}

private func measure(
    _ contender: Contender,
    _ nas: SimulatorProcess,
    _ speed: Int,
    target: Measurement.Target?,
    _ report: inout Report
) throws {
    let name = "\(contender.guestCount) guests restarted, \(contender.name)"
    let result: Contender.Result
    do {
        result = try contender.restart(on: nas)
    } catch {
        return report.skip(name, because: "\(error)")
    }
    report.add(
        Measurement(
            name,
            .seconds,
            ours: [result.seconds],
            floor: [Double(contender.batchCount * 2 * transition) / Double(speed)],
            floorName: "ideal: \(contender.batchCount) × (\(transition) s off + \(transition) s on) / \(speed)",
            target: target
        )
    )
    report.add(
        Measurement(
            "\(name), requests for each",
            .requests,
            ours: [Double(result.requests) / Double(contender.guestCount)],
            target: nil
        )
    )
}
