/// An id of the org, and the ticket that stands for it in what the client sees.
package struct IssuedTicket: Equatable, Sendable {
    package let id: String
    package let text: String

    package init(id: String, text: String) { (self.id, self.text) = (id, text) }
}

/// What becomes of the org's answer before the client gets it.
package enum AnswerFilter: Equatable, Sendable {
    case unchanged
    /// Ids are replaced by their tickets.
    case replaces([IssuedTicket])
    /// The id of the new job becomes a ticket.
    case bindsJob(Ticket.Subject)
    /// Consumer Secrets are removed from the XML.
    case blanksSecrets
    /// Consumer Secrets are removed from the files of the archive, and the id is replaced.
    case blanksArchive(IssuedTicket)
    /// The addresses of further pages get tickets.
    case bindsPages
}

extension RESTCall {
    package var filter: AnswerFilter {
        switch self {
        case .versions, .resources, .limits, .objects, .describe: .unchanged
        case .query, .page: .bindsPages
        }
    }
}
