import VirtualMachines

@testable import SynologyVMM

/// A NAS in good order, but for a login that is answered only when the test says so, or given up when it is cancelled.
final class GatedTransport: Transport {
    let stub = StubTransport { _ in nil }
    private let arrivals = AsyncStream<Void>.makeStream()
    private let gate = AsyncStream<Void>.makeStream()

    func loginArrived() async {
        for await _ in arrivals.stream { return }
    }

    func openGate() { gate.continuation.yield() }

    func send(_ request: WebAPIRequest) async throws(TransportFailure) -> [UInt8] {
        let answer = try await stub.send(request)
        guard request.method == "login" else { return answer }
        arrivals.continuation.yield()
        for await _ in gate.stream { return answer }
        throw TransportFailure(
            error: VMMError(.cancelled, "the login was cancelled"),
            mayHaveBeenSent: true
        )
    }

    func close() async { await stub.close() }
}
