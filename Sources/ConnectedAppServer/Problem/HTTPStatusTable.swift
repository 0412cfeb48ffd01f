internal import ConnectedApp
internal import HTTPTypes

extension Cause {
    /// The HTTP status of a problem document with this cause, for the API and the pages.
    ///
    /// It follows from the exit status, except for a few causes for which HTTP has a more precise status. 502 means
    /// that the org could not be reached or refused the request; `code` says which.
    var httpStatus: HTTPResponse.Status {
        switch self {
        case .unknownAlias, .notBlocked, .compromiseNotReported, .notPulled, .accountUnknown, .apiTokenUnknown,
            .clientUnknown, .trustPolicyUnknown:
            .notFound
        case .aliasTaken, .recordChanged, .consumerKeyMissing, .noticeChannelMissing, .accountTaken, .apiTokenTaken,
            .clientTaken, .trustPolicyTaken,
            .lastAdmin:
            .conflict
        case .timedOut, .retrieveTimedOut: .gatewayTimeout
        default: entry.exit.httpStatus
        }
    }
}

extension ExitStatus {
    fileprivate var httpStatus: HTTPResponse.Status {
        switch self {
        case .done: .ok
        case .usage: .badRequest
        case .malformed, .noInput: .unprocessableContent
        case .refused, .unreachable: .badGateway
        case .busy: .serviceUnavailable
        case .notPermitted: .forbidden
        case .bug, .cannotCreate, .inputOutput, .configuration: .internalServerError
        }
    }
}
