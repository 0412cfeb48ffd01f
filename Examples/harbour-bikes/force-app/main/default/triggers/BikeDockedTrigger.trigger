trigger BikeDockedTrigger on Bike_Docked__e (after insert) {
    BikeDockedSubscriber.handle(Trigger.new);
}
