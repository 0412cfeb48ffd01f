/// The entries of the chapter "Reaching the org".
enum ReachingCauses {
    static let nameNotResolved = Cause.Entry(
        .reaching, "The host's name cannot be resolved.", "Check the spelling of the name and this machine's DNS.",
        .unreachable, retry: true,
        seen: "DNS has no such name, or it does not answer.", against: "There was no address to connect to.")

    static let connectionRefused = Cause.Entry(
        .reaching, "This machine cannot connect to the host.",
        "Check the address, and firewalls on the way. If the host can be reached through a proxy only, set HTTPS_PROXY.",
        .unreachable, retry: true,
        seen:
            "The host is an IP address, or its name has one, but nothing listens there, or a firewall rejects the "
            + "connection.",
        against: "The address was known, so DNS is not the reason. TLS had not begun.")

    static let proxyUnreachable = Cause.Entry(
        .reaching, "The proxy cannot be reached.",
        "Check the proxy's name and port in HTTPS_PROXY. `aprity config --host HOST` shows which proxy is used for a host, and why.",
        .unreachable, retry: true,
        seen:
            "The proxy's name has no address, or the proxy refused the connection or did not accept it in time. The message "
            + "names the proxy.",
        against:
            "With a proxy, this machine resolves only the proxy's name and connects only to the proxy, so nothing is known "
            + "about the host.",
        command: .showProxy)

    static let proxyLoginRefused = Cause.Entry(
        .reaching, "The proxy requires a sign-in, or refused the one that it got.",
        "Set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT, with special characters percent-encoded. aprity supports only Basic authentication to a proxy.",
        .unreachable,
        seen:
            "The proxy answered CONNECT with status 407. The evidence lists the schemes that it offers, such as Basic, NTLM "
            + "or Negotiate.",
        against: "The proxy answered, and the host was not reached. Another try gives the same result.",
        command: .showProxy)

    static let proxyRedirected = Cause.Entry(
        .reaching,
        "The proxy answered with a redirect instead of a tunnel, as networks with a sign-in page do.",
        "In a browser on this network, open the page that the message names and do what it asks for. Then run the command again.",
        .unreachable,
        seen: "The proxy answered CONNECT with a 3xx status. The evidence names the host that the redirect leads to.",
        against: "The host was not reached: a redirect by the host would come through the tunnel.",
        command: .showProxy)

    static let proxyRefused = Cause.Entry(
        .reaching, "The proxy does not let this machine reach the host.",
        "Ask whoever runs the proxy to allow CONNECT to port 443 of the host. If this machine can reach the host without the proxy, add the host to NO_PROXY.",
        .unreachable,
        seen:
            "The proxy answered CONNECT with a 4xx status, usually 403 because of its rules. Or it answered with 200 and a "
            + "page, as networks with a sign-in page do. Or it does not speak HTTP. The evidence has the status.",
        against: "The proxy answered, and the host was not reached. Another try gives the same result.",
        command: .showProxy)

    static let proxyFailed = Cause.Entry(
        .reaching, "The proxy did not reach the host, closed the connection, or did not answer in time.",
        "Try again. If it fails again, read the proxy's log, and check HTTPS_PROXY and NO_PROXY.",
        .unreachable, retry: true,
        seen:
            "The proxy accepted the connection. Then it answered CONNECT with status 5xx, 408 or 429, closed the connection, "
            + "or did not answer in time. Status 502, 503 or 504 usually means that the proxy could not reach the host. "
            + "While a proxy waits for a host, it does not answer.",
        against: "The proxy was reached, and the host was not.", command: .showProxy)

    static let serverNotTrusted = Cause.Entry(
        .reaching, "This machine does not trust the server's certificate: its issuer is unknown, or it has expired.",
        "If your proxy inspects TLS, or your own authority issued the server's certificate, give aprity the authority's certificate: for a connection with --ca-file, for mail with APRITY_SMTP_CA_FILE, for a webhook with APRITY_NOTIFY_WEBHOOK_CA_FILE, or for all connections with SSL_CERT_FILE. Never turn verification off.",
        .unreachable,
        seen:
            "This machine does not trust the authority that issued the certificate, or the certificate has expired, or it is "
            + "for another name. If it is for another name, the message says so. A proxy that inspects TLS presents its own "
            + "certificate.",
        against: "TLS worked up to the certificate. Nothing of the request was sent.",
        command: .setCertificateAuthorities)

    static let tlsFailed = Cause.Entry(
        .reaching, "No TLS connection: the server does not support TLS 1.2 or later, or it ended the handshake.",
        "Check the host and the port, and whether a device on the way changes TLS. The server must support TLS 1.2 or 1.3.",
        .unreachable,
        seen:
            "The server supports only versions older than TLS 1.2, does not speak TLS at this port, requires a client "
            + "certificate, or ended the handshake. The message says which, if that is known. If the evidence names a "
            + "proxy, the proxy may have answered instead of the host.",
        against: "The connection was open. The server's certificate is not the reason.")

    static let timedOut = Cause.Entry(
        .reaching, "The answer did not arrive in time.", "Try again. If it fails again, check the network.",
        .unreachable, retry: true,
        seen: "The request or the answer was lost on the way, or the server is slow.",
        against: "Nothing refused the connection or the request.")

    static let connectionLost = Cause.Entry(
        .reaching, "The connection broke off.", "Try again.", .unreachable, retry: true,
        seen: "The connection ended before the answer was complete.", against: "There is no complete answer.")

    static let answerTooLarge = Cause.Entry(
        .reaching, "The answer is larger than any that an org sends.",
        "Check that the host really is the org.", .unreachable,
        seen: "aprity stopped reading when the answer reached the limit.",
        against: "The host sent the answer, or a proxy on the way did.")

    static let answerUnintelligible = Cause.Entry(
        .reaching, "The answer is not what a Salesforce org sends.",
        "Read what the evidence shows of the answer: a proxy or another network device may have sent it.",
        .unreachable,
        retry: true,
        seen:
            "The answer is HTML, empty, JSON of another kind, or not HTTP. It may be a proxy's page, a maintenance page, or "
            + "the answer of another host.",
        against: "There is an answer, but not one that Salesforce is known to send.")

    static let redirected = Cause.Entry(
        .reaching, "The host answered with a redirect, which aprity does not follow.",
        "If the address that it points to is your org, set it as login host.", .unreachable,
        seen: "The answer has a 3xx status. aprity sends nothing to the address that it names.",
        against: "The host answered. If the redirect came from the token endpoint, the evidence has its address.",
        task: .loginHost)

    static let clearTextRefused = Cause.Entry(
        .reaching, "aprity sends nothing over plain http, except to this machine itself.", "Use https.",
        .notPermitted,
        seen: "The URL begins with http:// and its host is not this machine.",
        against: "The URL is enough to decide this.")
}
