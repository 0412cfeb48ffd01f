internal import JWTBearer
internal import NIOSSL

/// Classifies the errors of the TLS library.
enum TLSRefusal {
    static func read(_ error: any Error) -> (TransportFailure.Kind, TransportFailure.Circumstance?) {
        switch error {
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            (.serverNotTrusted, .certificateOfAnotherName)
        case NIOSSLError.unableToValidateCertificate, NIOSSLError.noCertificateToValidate: (.serverNotTrusted, nil)
        case NIOSSLError.handshakeFailed(let error): read(reasons(error))
        case let error as BoringSSLError: read(reasons(error))
        default: (.tlsFailed, nil)
        }
    }

    private static func read(_ reasons: [Int]) -> (TransportFailure.Kind, TransportFailure.Circumstance?) {
        for reason in reasons.compactMap(Reason.init) {
            switch reason {
            case .certificateVerifyFailed: return (.serverNotTrusted, nil)
            case .unsupportedProtocol, .wrongSSLVersion, .protocolVersionAlert: return (.tlsFailed, .tlsVersionTooOld)
            case .wrongVersionNumber, .httpRequest, .httpsProxyRequest: return (.tlsFailed, .noTLS)
            case .certificateRequiredAlert: return (.tlsFailed, .clientCertificateWanted)
            }
        }
        return (.tlsFailed, nil)
    }

    /// The reasons of BoringSSL's `ssl.h` that say more than that TLS failed.
    private enum Reason: Int {
        case certificateVerifyFailed = 125
        case httpsProxyRequest = 155
        case httpRequest = 156
        case unsupportedProtocol = 240
        case wrongSSLVersion = 246
        /// The first record does not begin with a TLS version.
        case wrongVersionNumber = 247
        /// The server's alert.
        case protocolVersionAlert = 1070
        /// The server's alert (RFC 8446 §6.2). TLS 1.2 servers send alerts that can have other reasons too.
        case certificateRequiredAlert = 1116
    }

    /// Returns the reason in each error's code: the lower 12 bits.
    private static func reasons(_ error: BoringSSLError) -> [Int] {
        switch error {
        case .sslError(let stack), .unknownError(let stack): stack.compactMap(reason)
        case .noError, .zeroReturn, .wantRead, .wantWrite, .wantConnect, .wantAccept, .wantX509Lookup,
            .wantCertificateVerify, .syscallError, .invalidSNIName, .failedToSetALPN:
            []
        }
    }

    /// The library exposes an error's code in its description only: `Error: 268435581 error:1000007d:…`.
    private static func reason(_ error: BoringSSLInternalError) -> Int? {
        let words = error.description.split(separator: " ")
        guard words.count > 1, let code = Int(words[1]), code >> 24 == librarySSL else { return nil }
        return code & 0xFFF
    }

    private static let librarySSL = 16
}
