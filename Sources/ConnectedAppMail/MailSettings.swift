internal import CCurl
internal import Foundation

/// Sets options of a libcurl handle, which must outlive this object. Check ``areAllSet`` before the transfer: a
/// rejected option, such as one that this libcurl does not know, must not be ignored.
final class MailSettings {
    private let curl: UnsafeMutableRawPointer
    /// Whether libcurl accepted all options so far.
    private(set) var areAllSet = true

    init(curl: UnsafeMutableRawPointer) { self.curl = curl }

    /// Sets the server, its security and the time limit.
    func set(_ server: MailServer, _ limit: Duration) {
        text(CURLOPT_URL, server.url)
        text(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        // Mail never uses an HTTP proxy, even if the environment names one.
        text(CURLOPT_PROXY, "")
        number(CURLOPT_NOSIGNAL, 1)
        number(CURLOPT_NOPROGRESS, 0)
        number(CURLOPT_UPLOAD, 1)
        number(CURLOPT_TIMEOUT_MS, Int(limit / .milliseconds(1)))
        number(CURLOPT_CONNECTTIMEOUT_MS, Int(min(limit, .seconds(15)) / .milliseconds(1)))
        number(CURLOPT_USE_SSL, Int(server.security == .none ? CURLUSESSL_NONE.rawValue : CURLUSESSL_ALL.rawValue))
        number(CURLOPT_SSL_VERIFYPEER, 1)
        number(CURLOPT_SSL_VERIFYHOST, 2)
        number(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(server.authorities)
        if let login = server.login {
            text(CURLOPT_USERNAME, login.username)
            text(CURLOPT_PASSWORD, login.password)
        }
    }

    /// Sets the certificate authorities. Options that are not set here keep libcurl's defaults: the system's file and
    /// folder.
    private func set(_ authorities: MailServer.Authorities) {
        switch authorities {
        case .system(let pem, let folders):
            if let pem { bytes(CURLOPT_CAINFO_BLOB, pem) }
            if let folders { text(CURLOPT_CAPATH, folders) }
        case .only(let pem):
            bytes(CURLOPT_CAINFO_BLOB, pem)
            text(CURLOPT_CAPATH, nil)
        }
    }

    func number(_ option: CURLoption, _ value: Int) { recordResult(aprity_curl_set_long(curl, option, value)) }
    /// Sets a text option. libcurl copies the value.
    func text(_ option: CURLoption, _ value: String?) { recordResult(aprity_curl_set_text(curl, option, value)) }
    /// Sets a binary option. libcurl copies the value.
    func bytes(_ option: CURLoption, _ value: String) {
        var bytes = Array(value.utf8)
        let count = bytes.count
        recordResult(aprity_curl_set_bytes(curl, option, &bytes, count))
    }
    /// Sets a pointer option. The caller keeps the target alive until the handle is cleaned up.
    func pointer(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) {
        recordResult(aprity_curl_set_pointer(curl, option, value))
    }

    /// A callback for data: the buffer, the size of an element in bytes, the number of elements, and the pointer of the
    /// option for data (`CURLOPT_READDATA`, `CURLOPT_HEADERDATA`). Returns the number of bytes that it handled.
    typealias Transfer = @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int
    /// A callback that libcurl calls about once a second: the pointer of `CURLOPT_XFERINFODATA`, and four counts of
    /// bytes. It returns a number other than 0 to abort the transfer.
    typealias Progress =
        @convention(c) (UnsafeMutableRawPointer?, curl_off_t, curl_off_t, curl_off_t, curl_off_t) -> Int32

    func transfer(_ option: CURLoption, _ function: Transfer) {
        recordResult(aprity_curl_set_transfer(curl, option, function))
    }

    func progress(_ function: Progress) { recordResult(aprity_curl_set_progress(curl, function)) }

    private func recordResult(_ code: CURLcode) { if code != CURLE_OK { areAllSet = false } }
}
