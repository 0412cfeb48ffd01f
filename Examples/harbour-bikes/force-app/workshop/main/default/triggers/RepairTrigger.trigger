trigger RepairTrigger on Repair__c (after update) {
    RepairService.release(Trigger.new, Trigger.oldMap);
}
