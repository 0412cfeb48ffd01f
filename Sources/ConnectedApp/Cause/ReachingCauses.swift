/// The table's entries of the chapter "Reaching the org".
enum ReachingCauses {
    static let nameNotResolved = Cause.Entry(
        .reaching, "The host's name cannot be resolved.", "Check the name's spelling and this machine's DNS.",
        .unreachable, retry: true,
        seen: "DNS knows no such name, or does not answer.", against: "No address was found to connect to.")

    static let connectionRefused = Cause.Entry(
        .reaching, "No connection to the host.",
        "Check the address and a firewall in between, and whether the host is reached through a proxy only: then set HTTPS_PROXY.",
        .unreachable, retry: true,
        seen: "An address was found, and nothing listens there, or a firewall refuses.",
        against: "An address was found; no TLS was begun.")

    static let proxyUnreachable = Cause.Entry(
        .reaching, "The proxy cannot be reached.",
        "Check the proxy's name and port in HTTPS_PROXY. `aprity config --host HOST` shows which proxy a host gets, and why.",
        .unreachable, retry: true,
        seen: "The proxy's own name has no address, or the proxy takes no connection. The message names it.",
        against: "This machine looks up and connects to the proxy only: nothing is known of the host.",
        command: .showConfiguration)

    static let proxyLoginRefused = Cause.Entry(
        .reaching, "The proxy wants a sign-in, or does not accept the one that it got.",
        "Write HTTPS_PROXY as http://USER:PASSWORD@HOST:PORT, with special characters in their escaped form; aprity signs in to a proxy by Basic only.",
        .unreachable,
        seen:
            "The proxy answered CONNECT with status 407. The evidence has the schemes that it offers, such as Basic, NTLM "
            + "or Negotiate.",
        against: "The proxy was reached, and the host was not. Trying again changes nothing.",
        command: .showConfiguration)

    static let proxyRedirected = Cause.Entry(
        .reaching,
        "The proxy answered with a redirect in place of a tunnel, as networks do that want a sign-in on a page first.",
        "Open the page that the message names in a browser on this network, and do what it asks for; then run the command again.",
        .unreachable,
        seen:
            "The proxy answered CONNECT with a status of 3xx. The evidence has the host that it leads to. Networks with a "
            + "sign-in page do so.",
        against: "The host was not reached: a redirect of its own would come through the tunnel.",
        command: .showConfiguration)

    static let proxyRefused = Cause.Entry(
        .reaching, "The proxy does not let this machine reach the host.",
        "Let whoever runs the proxy allow CONNECT to the host's port 443. If this machine can reach the host without the proxy, name the host in NO_PROXY.",
        .unreachable,
        seen:
            "The proxy answered CONNECT with a status of 4xx, usually 403 by its rules, or with 200 and a page, as networks with "
            + "a sign-in page do, or it does not speak HTTP. The evidence has the status.",
        against: "The proxy was reached, and the host was not. Trying again changes nothing.",
        command: .showConfiguration)

    static let proxyFailed = Cause.Entry(
        .reaching, "The proxy did not reach the host, broke off, or did not answer in time.",
        "Try again; if it stays so, look at the proxy's own log, and check HTTPS_PROXY and NO_PROXY.",
        .unreachable, retry: true,
        seen:
            "The proxy took the connection, and answered CONNECT with a status of 5xx, 408 or 429, closed the connection, or did "
            + "not answer in time. With 502, 503 and 504 most proxies say that they did not reach the host. While a proxy "
            + "waits for a host it answers nothing.",
        against: "The proxy was reached, and the host was not.", command: .showConfiguration)

    static let serverNotTrusted = Cause.Entry(
        .reaching, "The server's certificate is not trusted here: its issuer is unknown, or it has expired.",
        "If a proxy of yours opens TLS, or the server has an authority of its own, give that authority's certificate: for a connection with --ca-file, for mail with APRITY_SMTP_CA_FILE, for a webhook with APRITY_NOTIFY_WEBHOOK_CA_FILE, or for all that aprity connects to with SSL_CERT_FILE. Never turn verification off.",
        .unreachable,
        seen:
            "The certificate comes from an authority that this machine does not trust, has expired, or is for another "
            + "name: the message says so then. A proxy that opens TLS shows its own certificate.",
        against: "TLS itself worked up to the certificate; no byte of a request was sent.",
        command: .setCertificateAuthorities)

    static let tlsFailed = Cause.Entry(
        .reaching, "No TLS connection came about: the server speaks no TLS from version 1.2 on, or broke off.",
        "Check the host and the port, and whether something in between changes TLS; the server must offer TLS 1.2 or 1.3.",
        .unreachable,
        seen:
            "The server's newest TLS is older than 1.2, it speaks no TLS at this port, it wants a certificate of its client, or it "
            + "ended the handshake. The message says which, if that is known. With a proxy in the evidence, that proxy may "
            + "have answered in place of the host.",
        against: "A connection was open. The server's certificate is not the reason.")

    static let timedOut = Cause.Entry(
        .reaching, "The answer did not come in time.", "Try again; if it stays so, look at the network.", .unreachable,
        retry: true,
        seen: "Something swallowed the request or the answer.", against: "Nothing refused it either.")

    static let connectionLost = Cause.Entry(
        .reaching, "The connection broke off.", "Try again.", .unreachable, retry: true,
        seen: "The connection ended before the answer did.", against: "No answer came complete.")

    static let answerTooLarge = Cause.Entry(
        .reaching, "The answer was larger than any that the org should send.",
        "Check that the host really is the org.", .unreachable,
        seen: "More bytes came than any answer of an org has; the rest was not read.",
        against: "The host that was asked sent it, or a proxy in between.")

    static let answerUnintelligible = Cause.Entry(
        .reaching, "The answer is not what a Salesforce org sends.",
        "Look at what the evidence tells of the answer: a proxy or another network device may have sent it.",
        .unreachable,
        retry: true,
        seen:
            "HTML, an empty body, JSON of another kind, or something that is not HTTP: a proxy's page, a maintenance page, "
            + "another host.",
        against: "An answer came, and it is none that Salesforce is known to send.")

    static let redirected = Cause.Entry(
        .reaching, "The host answered with a redirect, which is not followed.",
        "Use the address that it points to as login host, if it is yours.", .unreachable,
        seen: "A status of 3xx. Nothing is sent after it.",
        against: "An answer came; where it points to is in the evidence if it was the token endpoint's.",
        task: .loginHost)

    static let clearTextRefused = Cause.Entry(
        .reaching, "Nothing is sent over plain http but to this machine itself.", "Use https.", .notPermitted,
        seen: "The URL begins with http:// and is not this machine.", against: "The URL alone decides.")
}
