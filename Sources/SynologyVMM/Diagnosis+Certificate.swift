import Foundation
import VirtualMachines

/// What a NAS shows without a login: nothing secret is sent.
struct Look: Sendable {
    /// What the NAS serves, as anybody is told who answers there.
    let catalog: Result<APICatalog, VMMError>
    /// When it was asked.
    let time: Timestamp
    /// How long that took.
    let duration: Duration
    /// The certificate; nil where none was shown.
    let certificate: SeenCertificate?
    /// Why the certificate isn't trusted, where it isn't.
    let problem: CertificateProblem?
    /// Why there was no answer to who heeds the trust, whatever the reason.
    let failure: VMMError?
    /// How far the NAS's clock is ahead; to the second.
    let skew: Duration?

    init(at configuration: SynologyClient.Configuration) async {
        // Nothing secret is sent here, so anybody may answer.
        var open = configuration
        open.trust = .anything
        let http = HTTPTransport(open)
        let transport: any Transport = configuration.address.isLocal ? LocalTransport(configuration) : http
        time = configuration.clock.wallTime
        let start = configuration.clock.now
        catalog = await Self.discover(transport, configuration)
        duration = configuration.clock.now - start
        skew = http.seenDate.flatMap(Self.skew)
        guard configuration.address.isEncrypted else {
            (certificate, problem, failure) = (nil, nil, nil)
            return
        }
        var seen = http.seenCertificate
        if seen == nil {
            let look = CertificateLook(address: configuration.address, timeout: configuration.connectTimeout)
            seen = await look.certificate()
        }
        certificate = seen
        if case .failure(let error) = catalog {
            var problem: CertificateProblem?
            do throws(CertificateProblem) {
                if let seen { try configuration.trust.check(seen, for: configuration.address.host) }
            } catch {
                problem = error
            }
            (self.problem, failure) = (problem, error)
            return
        }
        let heedful = HTTPTransport(configuration)
        switch await Self.discover(heedful, configuration) {
        case .success: (problem, failure) = (nil, nil)
        case .failure(let error): (problem, failure) = (heedful.certificateProblem, error)
        }
    }

    private static func discover(
        _ transport: any Transport,
        _ configuration: SynologyClient.Configuration
    ) async -> Result<APICatalog, VMMError> {
        let exchange = WebAPIExchange(transport: transport, place: configuration.address.hostAndPort)
        let result: Result<APICatalog, VMMError>
        do throws(VMMError) { result = .success(try await exchange.discover()) } catch { result = .failure(error) }
        await transport.close()
        return result
    }

    private static func skew(_ header: String) -> Duration? {
        guard let date = Date(httpHeader: header) else { return nil }
        return .seconds(date.timeIntervalSinceNow.rounded())
    }
}

extension Diagnosis.Check {
    /// What is to be said of a certificate.
    ///
    /// Whoever pinned one meant that one: another is never advised to be pinned.
    init(_ problem: CertificateProblem?, _ look: Look, at address: NASAddress, _ trust: CertificateTrust) {
        let seen = look.certificate?.fingerprint.description ?? "none"
        let pinning = look.certificate == nil ? nil : "if this is the NAS's, pin it: --fingerprint \(seen)"
        switch problem {
        case nil where trust == .anything:
            self.init(
                name: "certificate",
                verdict: .warning,
                finding: "\(seen), but any is trusted: the password may go to whoever sits in between",
                advice: "if this is the NAS's, pin it instead: --fingerprint \(seen)"
            )
        case nil: self.init(name: "certificate", verdict: .ok, finding: seen)
        case let problem?:
            let error = problem.error(at: address.hostAndPort, now: look.time)
            if case .notPinned = problem {
                self.init(name: "certificate", verdict: .failed, finding: error.message, advice: error.hint)
                return
            }
            var advice = pinning
            if case .otherHost(let names, _) = problem, names.words != nil {
                advice = ["name the NAS as its certificate does", pinning].compactMap(\.self).joined(separator: "; or ")
            }
            self.init(
                name: "certificate",
                verdict: .failed,
                finding: "\(error.message); it is \(seen)",
                advice: advice
            )
        }
    }
}
