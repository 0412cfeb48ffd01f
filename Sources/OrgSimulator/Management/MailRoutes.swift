import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension ManagementRouter {
    /// `GET /mail`: the mail that the orgs sent to their admins. The answer is a page if the `Accept` header contains
    /// `text/html`, else JSON.
    func addMail(to router: Router<BasicRequestContext>) {
        router.get("/mail") { request, _ in
            let mailbox = await simulation.setupDesk.mailbox
            let accepted = request.headers[.accept] ?? ""
            guard accepted.contains("text/html") else { return try json(mailbox) }
            return Response(
                status: .ok,
                headers: [
                    .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
                    .contentSecurityPolicy: SetupStyle.contentSecurityPolicy,
                ],
                body: .init(byteBuffer: ByteBuffer(string: MailPage.document(mailbox))))
        }
    }
}

/// The page with the mail of all orgs, newest first.
enum MailPage {
    static func document(_ mailbox: Mailbox) -> String {
        let mails = mailbox.mails.reversed().map { mail in
            HTML.section(
                mail.subject,
                .facts([
                    ("To", HTML(mail.to)), ("Org", HTML(mail.org)),
                    ("Org time", HTML(mail.orgTime.formatted(.iso8601))),
                ]),
                .paragraph(HTML(mail.text)))
        }
        return SetupPage.frame(
            "Mail",
            .element(
                "main", .element("h1", "Mail"),
                mails.isEmpty ? .paragraph("No mail has arrived.") : HTML(joining: mails)))
    }
}
