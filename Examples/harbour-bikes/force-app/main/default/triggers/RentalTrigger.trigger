trigger RentalTrigger on Rental__c (before update) {
    RentalTriggerHandler.beforeUpdate(Trigger.new, Trigger.oldMap);
}
