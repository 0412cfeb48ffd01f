/// The names of the standard picklists that an org may have.
///
/// `listMetadata` does not list them, and no wildcard stands for them, so they are named one by one; a name that this org
/// lacks gives a message, not a failure. Source: Metadata API Developer Guide, "StandardValueSet Names and Standard
/// Picklist Fields". The picklists of the industry clouds are left out.
public enum StandardValueSetNames {
    public static let type = "StandardValueSet"

    public static let all = [
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
