import VirtualMachines

/// Carries out a probe: resolves the host once, asks the policy about what it found, and connects to that.
struct ProbeExecution: Sendable {
    let probe: Probe
    /// How long it may take in all.
    let timeout: Duration
    let prober: any Prober
    let policy: any Policy
    /// Networks keep their own time, however fast the run's goes.
    private let watch = SystemClock()

    /// Where there is no prober.
    static func unsupported(_ function: String) -> ScriptError {
        ScriptError(
            .unsupported,
            "\(function): nothing can be probed from here",
            hint: "the embedding program names a prober in ScriptHost.Configuration"
        )
    }

    /// Throws `permission_denied` where no address of the host may be connected to, and `cancelled`.
    func perform() async throws(ScriptError) -> ProbeOutcome {
        let start = watch.now
        // What is looked up goes out to name servers: that too is for the policy to say.
        try policy.authorize("net", for: .lookup(host: probe.host, port: probe.port))
        let lookup = try await uncancelled { [self] () async throws(CancellationError) in
            try await prober.addresses(of: probe.host, timeout: timeout)
        }
        switch lookup {
        case .answered(let addresses):
            return try await firstAnswer(of: try permitted(addresses.map(\.destination)), since: start)
        case .failed(.noAnswer):
            return .failed("the name \(probe.host) could not be looked up within \(timeout.brief)")
        case .failed(let failure): return .failed(reason(for: failure))
        case .assumed(let isSuccess): return .assumed(isSuccess)
        }
    }

    /// Those of the addresses that may be connected to; throws where there are none.
    private func permitted(_ addresses: [IPAddress]) throws(ScriptError) -> [IPAddress] {
        var permitted: [IPAddress] = []
        var refusal: ScriptError?
        for address in addresses {
            do throws(ScriptError) {
                try policy.authorize("net", for: .endpoint(host: probe.host, address: address, port: probe.port))
                permitted.append(address)
            } catch {
                refusal = refusal ?? error
            }
        }
        if let refusal, permitted.isEmpty { throw refusal }
        return permitted
    }

    /// Tries one address after the other until there is a connection; each gets its share of the time that is left.
    private func firstAnswer(of addresses: [IPAddress], since start: Timestamp) async throws(ScriptError)
        -> ProbeOutcome
    {
        var firstFailure: ProbeFailure?
        for (index, address) in addresses.enumerated() {
            let left = timeout - (watch.now - start)
            guard left > .zero else { break }
            let answer = try await uncancelled { [self] () async throws(CancellationError) in
                try await ask(address, connecting: left / (addresses.count - index), timeout: left)
            }
            switch answer {
            case .answered(let outcome): return outcome
            case .assumed(let isSuccess): return .assumed(isSuccess)
            case .failed(let failure):
                guard failure.isBeforeConnection else { return .failed(reason(for: failure)) }
                firstFailure = firstFailure ?? failure
            }
        }
        return .failed(reason(for: firstFailure ?? .noAnswer))
    }

    private func ask(
        _ address: IPAddress,
        connecting: Duration,
        timeout: Duration
    ) async throws(CancellationError) -> ProbeAnswer<ProbeOutcome> {
        switch probe {
        case .tcp(_, let port):
            try await prober.connect(to: address, port: port, timeout: connecting).map { .connected }
        case .http(let url):
            try await prober.get(url, at: address, connecting: connecting, timeout: timeout).map { .answered($0) }
        }
    }

    private func uncancelled<Value>(
        _ question: () async throws(CancellationError) -> Value
    ) async throws(ScriptError) -> Value {
        do { return try await question() } catch { throw ScriptError(any: error) }
    }

    private func reason(for failure: ProbeFailure) -> String {
        switch failure {
        case .unknownHost: "the name \(probe.host) is not known"
        case .refused: "connection refused"
        case .unreachable(let reason), .unintelligible(let reason): reason
        case .noConnection, .noAnswer: "no answer within \(timeout.brief)"
        }
    }
}
