import { createElement } from 'lwc';
import BikeCard from 'c/bikeCard';

describe('c-bike-card', () => {
    afterEach(() => {
        while (document.body.firstChild) {
            document.body.removeChild(document.body.firstChild);
        }
    });

    it('announces the bike that is hired', () => {
        const element = createElement('c-bike-card', { is: BikeCard });
        element.bike = { Id: 'a00000000000001', Name: 'HB-00007', Electric__c: false };
        const seen = [];
        element.addEventListener('hire', (event) => seen.push(event.detail.bikeId));
        document.body.appendChild(element);
        element.shadowRoot.querySelector('lightning-button').click();
        expect(seen).toEqual(['a00000000000001']);
    });
});
