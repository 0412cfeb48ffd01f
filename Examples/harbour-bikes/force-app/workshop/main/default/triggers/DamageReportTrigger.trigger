trigger DamageReportTrigger on Damage_Report__c (before insert) {
    // Only the default is set here; opening a repair is the job of a flow.
    RepairService.fillReporter(Trigger.new);
}
