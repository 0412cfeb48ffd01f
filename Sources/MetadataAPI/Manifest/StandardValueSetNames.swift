/// The names of the standard picklists that an org can have.
///
/// `listMetadata` does not list them and no wildcard includes them, so each is named in the manifest. A name that the
/// org does not have causes a message, not a failure. Source: Metadata API Developer Guide, "StandardValueSet Names and
/// Standard Picklist Fields". The picklists of the industry clouds are omitted.
package enum StandardValueSetNames {
    /// The metadata type of the picklists.
    package static let type = "StandardValueSet"

    static let all = [
        "AccountContactMultiRoles", "AccountContactRole", "AccountOwnership", "AccountRating", "AccountType",
        "AssetStatus", "CampaignMemberStatus", "CampaignStatus", "CampaignType", "CaseContactRole", "CaseOrigin",
        "CasePriority", "CaseReason", "CaseStatus", "CaseType", "ContactRole", "ContractContactRole", "ContractStatus",
        "EntitlementType", "EventSubject", "EventType", "FiscalYearPeriodName", "FiscalYearPeriodPrefix",
        "FiscalYearQuarterName", "FiscalYearQuarterPrefix", "IdeaCategory1", "IdeaMultiCategory", "IdeaStatus",
        "IdeaThemeStatus", "Industry", "LeadSource", "LeadStatus", "OpportunityCompetitor", "OpportunityStage",
        "OpportunityType", "OrderStatus", "OrderType", "PartnerRole", "Product2Family", "QuestionOrigin1",
        "QuickTextCategory", "QuickTextChannel", "QuoteStatus", "RoleInTerritory2", "SalesTeamRole", "Salutation",
        "ServiceContractApprovalStatus", "SocialPostClassification", "SocialPostEngagementLevel",
        "SocialPostReviewedStatus", "SolutionStatus", "TaskPriority", "TaskStatus", "TaskSubject", "TaskType",
        "WorkOrderLineItemStatus", "WorkOrderPriority", "WorkOrderStatus",
    ]
}
