internal import JWTBearer
internal import NIOSSL

/// Determines the reason of an error of the TLS library by its type and number.
enum TLSErrorParser {
    /// Returns the failure for an error.
    ///
    /// - Parameter detail: The detail of the failure.
    static func failure(of error: any Error, detail: String) -> TransportFailure {
        switch error {
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            TransportFailure(specifics: .certificateOfAnotherName, detail: detail)
        case NIOSSLError.unableToValidateCertificate, NIOSSLError.noCertificateToValidate:
            TransportFailure(.serverNotTrusted, detail: detail)
        case NIOSSLError.handshakeFailed(let error): failure(reasons(error), detail)
        case let error as BoringSSLError: failure(reasons(error), detail)
        default: TransportFailure(.tlsFailed, detail: detail)
        }
    }

    private static func failure(_ reasons: [Int], _ detail: String) -> TransportFailure {
        for reason in reasons.compactMap(Reason.init) {
            switch reason {
            case .certificateVerifyFailed: return TransportFailure(.serverNotTrusted, detail: detail)
            case .unsupportedProtocol, .wrongSSLVersion, .protocolVersionAlert:
                return TransportFailure(specifics: .tlsVersionTooOld, detail: detail)
            case .wrongVersionNumber, .httpRequest, .httpsProxyRequest:
                return TransportFailure(specifics: .noTLS(), detail: detail)
            case .certificateRequiredAlert:
                return TransportFailure(specifics: .clientCertificateWanted, detail: detail)
            }
        }
        return TransportFailure(.tlsFailed, detail: detail)
    }

    /// The reason codes of BoringSSL's `ssl.h` that have a meaning of their own here. All others count as `.tlsFailed`.
    private enum Reason: Int {
        case certificateVerifyFailed = 125
        case httpsProxyRequest = 155
        case httpRequest = 156
        case unsupportedProtocol = 240
        case wrongSSLVersion = 246
        /// The first record that arrived does not begin with a TLS version.
        case wrongVersionNumber = 247
        /// The server sent this alert.
        case protocolVersionAlert = 1070
        /// The server sent this alert (RFC 8446 §6.2). Servers with TLS 1.2 send other alerts, which do not show that a
        /// client certificate is missing.
        case certificateRequiredAlert = 1116
    }

    /// Returns the reasons in a stack of errors, in order.
    private static func reasons(_ error: BoringSSLError) -> [Int] {
        switch error {
        case .sslError(let stack), .unknownError(let stack): stack.compactMap { reason(in: $0.description) }
        case .noError, .zeroReturn, .wantRead, .wantWrite, .wantConnect, .wantAccept, .wantX509Lookup,
            .wantCertificateVerify, .syscallError, .invalidSNIName, .failedToSetALPN:
            []
        }
    }

    /// Returns the reason of an error, which is in the lower 12 bits of its code. The library shows the code only in
    /// the description.
    ///
    /// - Parameter description: `Error: 268435581 error:1000007d:SSL routines:OPENSSL_internal:… at …`.
    /// - Returns: `nil` if the description has another form, or if another part of the library reported the error.
    static func reason(in description: String) -> Int? {
        let words = description.split(separator: " ")
        guard words.count > 1, let code = Int(words[1]), code >> 24 == librarySSL else { return nil }
        return code & 0xFFF
    }

    /// The number of BoringSSL's SSL part, in the upper bits of a code.
    private static let librarySSL = 16
}
