internal import JWTBearer
internal import NIOSSL

/// Finds out what an error of the TLS library says.
enum TLSErrorParser {
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
        case .sslError(let stack), .unknownError(let stack): stack.compactMap { reason(in: $0.description) }
        case .noError, .zeroReturn, .wantRead, .wantWrite, .wantConnect, .wantAccept, .wantX509Lookup,
            .wantCertificateVerify, .syscallError, .invalidSNIName, .failedToSetALPN:
            []
        }
    }

    /// The reason in an error's description: the library shows the code nowhere else.
    ///
    /// - Parameter description: `Error: 268435581 error:1000007d:SSL routines:OPENSSL_internal:… at …`.
    /// - Returns: `nil` if it has another form, or is an error of another part of the library.
    static func reason(in description: String) -> Int? {
        let words = description.split(separator: " ")
        guard words.count > 1, let code = Int(words[1]), code >> 24 == librarySSL else { return nil }
        return code & 0xFFF
    }

    private static let librarySSL = 16
}
